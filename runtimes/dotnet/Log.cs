using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;

namespace Hearth.Lambda {
    /// <summary>Where loggers and the console write: one event in the log for each message, however many lines it has.</summary>
    static class Log {
        enum Level { Trace, Debug, Information, Warning, Error, Critical }

        const string FramesVariable = "_LAMBDA_TELEMETRY_LOG_FD";
        const int FrameOfTextWithTime = unchecked((int)0xa55a0003);
        static readonly string[] Labels = {"trce", "dbug", "info", "warn", "fail", "crit"};
        static readonly DateTime Epoch = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

        static readonly bool Structured = Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_FORMAT") == "JSON";
        static readonly bool Bare = "Unformatted".Equals(Environment.GetEnvironmentVariable("AWS_LAMBDA_HANDLER_LOG_FORMAT"), StringComparison.OrdinalIgnoreCase);
        static readonly Level Least = LevelOf(Environment.GetEnvironmentVariable("AWS_LAMBDA_HANDLER_LOG_LEVEL")) ??
                                      LevelOf(Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_LEVEL")) ?? Level.Information;
        static readonly Stream Output = Console.OpenStandardOutput();

        static readonly AsyncLocal<Event> servedHere = new AsyncLocal<Event>();
        static Event served;
        static bool framed;

        /// <summary>What is written belongs to this invocation; where others are served beside it, what this thread writes, and what it begins.</summary>
        public static void Serve(Event invocation, bool alone) {
            if (alone) served = invocation;
            else servedHere.Value = invocation;
        }

        static string Of(string name) {
            Event invocation = served ?? servedHere.Value;
            return invocation == null ? null : invocation[name];
        }

        static string RequestId { get { return Of("Aws-Request-Id") ?? ""; } }
        static string TraceId { get { return Of("Trace-Id"); } }

        public static void TakeConsole() {
            framed = Environment.GetEnvironmentVariable(FramesVariable) == "1";
            Environment.SetEnvironmentVariable(FramesVariable, null);  // no child process writes frames
            Console.SetOut(new ConsoleWriter(Level.Information.ToString()));
            Console.SetError(new ConsoleWriter(Level.Error.ToString()));
        }

        static Level? LevelOf(string name) {
            switch ((name ?? "").ToUpperInvariant()) {
                case "TRACE": return Level.Trace;
                case "DEBUG": return Level.Debug;
                case "INFO": case "INFORMATION": return Level.Information;
                case "WARN": case "WARNING": return Level.Warning;
                case "ERROR": return Level.Error;
                case "FATAL": case "CRITICAL": return Level.Critical;
            }
            return null;
        }

        public static void Write(string message) { Write(Level.Information.ToString(), message); }

        /// <summary>
        /// A message in whose template the arguments stand for "{name}" or "{0}". A level that is not known, or none, is not
        /// held back.
        /// </summary>
        public static void Write(string levelName, string message, object[] arguments = null, Exception error = null) {
            Level? level = LevelOf(levelName);
            if (level < Least) return;
            var properties = new List<KeyValuePair<string, object>>();
            string text = Template.Fill(message ?? "", arguments ?? new object[0], properties);
            if (Structured) Event(Document(level ?? Level.Information, text, properties, error));
            else Event(Line(level == null ? levelName : Labels[(int)level], text, error));
        }

        static string Line(string label, string text, Exception error) {
            if (error != null) text += (text.Length > 0 ? "\n" : "") + error;
            if (Bare) return text;
            return Now() + "\t" + RequestId + "\t" + (string.IsNullOrEmpty(label) ? "" : label + "\t") + text;
        }

        static string Document(Level level, string text, List<KeyValuePair<string, object>> properties, Exception error) {
            var line = new Dictionary<string, object> {{"timestamp", Now()}, {"level", level.ToString()}};
            if (RequestId.Length > 0) line["requestId"] = RequestId;
            if (!string.IsNullOrEmpty(TraceId)) line["traceId"] = TraceId;
            line["message"] = text;
            foreach (var property in properties) line[property.Key] = property.Value;
            if (error != null) {
                line["errorType"] = error.GetType().FullName;
                line["errorMessage"] = error.Message;
                line["stackTrace"] = error.ToString().Split('\n').Select(one => (object)one.Trim()).ToArray();
            }
            return Json.Text(line);
        }

        static string Now() { return DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture); }

        static void Event(string text) {
            if (framed && text.IndexOf('\n') >= 0) Raw(Frame(Encoding.UTF8.GetBytes(text)));
            else Raw(Encoding.UTF8.GetBytes(text + "\n"));
        }

        /// <summary>See log_pipe.h of the server.</summary>
        static byte[] Frame(byte[] message) {
            var frame = new MemoryStream();
            BigEndian(frame, FrameOfTextWithTime, 4);
            BigEndian(frame, message.Length, 4);
            BigEndian(frame, (DateTime.UtcNow - Epoch).Ticks / 10, 8);
            frame.Write(message, 0, message.Length);
            return frame.ToArray();
        }

        static void BigEndian(Stream to, long number, int bytes) {
            while (bytes-- > 0) to.WriteByte((byte)(number >> 8 * bytes));
        }

        public static void Raw(byte[] bytes) {
            lock (Output) {
                Output.Write(bytes, 0, bytes.Length);
                Output.Flush();
            }
        }
    }

    /// <summary>Templates of messages: "{name}" or "{0}", "{@name}", "{name:format}"; doubled braces are braces.</summary>
    static class Template {
        public static string Fill(string template, object[] arguments, List<KeyValuePair<string, object>> properties) {
            if (arguments.Length == 0) return template;
            var text = new StringBuilder();
            for (int at = 0; at < template.Length; ++at) {
                char c = template[at];
                bool doubled = at + 1 < template.Length && template[at + 1] == c;
                int end = c == '{' && !doubled ? template.IndexOf('}', at) : -1;
                if ((c == '{' || c == '}') && doubled) ++at;
                if (end < 0) {
                    text.Append(c);
                    continue;
                }
                text.Append(Property(template.Substring(at, end + 1 - at), arguments, properties));
                at = end;
            }
            return text.ToString();
        }

        static string Property(string braced, object[] arguments, List<KeyValuePair<string, object>> properties) {
            string[] parts = braced.Substring(1, braced.Length - 2).Split(new[] {':'}, 2);
            string name = parts[0].Trim().TrimStart('@');
            int which;
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out which)) which = properties.Count;
            if (which >= arguments.Length) return braced;
            object value = arguments[which];
            var formattable = parts.Length > 1 ? value as IFormattable : null;
            if (formattable != null) value = formattable.ToString(parts[1], CultureInfo.InvariantCulture);
            properties.Add(new KeyValuePair<string, object>(name, value));
            return Convert.ToString(value, CultureInfo.InvariantCulture);
        }
    }
}
