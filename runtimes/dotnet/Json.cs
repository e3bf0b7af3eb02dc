using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Hearth.Lambda {
    /// <summary>As much of JSON as errors, log lines and client contexts need. Those of events are the function's affair.</summary>
    static class Json {
        public static string Text(object value) {
            var text = new StringBuilder();
            Write(text, value);
            return text.ToString();
        }

        static void Write(StringBuilder text, object value) {
            if (value == null) text.Append("null");
            else if (value is bool) text.Append((bool)value ? "true" : "false");
            else if (IsNumber(value)) text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
            else if (value is IDictionary<string, object>) WriteAll(text, '{', '}', (IDictionary<string, object>)value, WriteMember);
            else if (value is IEnumerable<object>) WriteAll(text, '[', ']', (IEnumerable<object>)value, Write);
            else WriteString(text, Convert.ToString(value, CultureInfo.InvariantCulture));
        }

        static bool IsNumber(object value) {
            if (value is double) return !double.IsNaN((double)value) && !double.IsInfinity((double)value);
            return value is int || value is long || value is decimal || value is uint || value is ulong || value is short ||
                   value is ushort || value is byte || value is sbyte;
        }

        static void WriteAll<T>(StringBuilder text, char begin, char end, IEnumerable<T> all, Action<StringBuilder, T> write) {
            text.Append(begin);
            foreach (T one in all) {
                if (text[text.Length - 1] != begin) text.Append(',');
                write(text, one);
                begin = '\0';
            }
            text.Append(end);
        }

        static void WriteMember(StringBuilder text, KeyValuePair<string, object> member) {
            WriteString(text, member.Key);
            text.Append(':');
            Write(text, member.Value);
        }

        static void WriteString(StringBuilder text, string value) {
            text.Append('"');
            for (int i = 0; i < value.Length; ++i) {
                char c = value[i];
                bool half = char.IsSurrogate(c);
                if (half && char.IsSurrogatePair(value, i)) text.Append(c).Append(value[++i]);
                else if (c == '"' || c == '\\') text.Append('\\').Append(c);
                else if (c == '\n') text.Append("\\n");
                else if (c < ' ' || half) text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                else text.Append(c);
            }
            text.Append('"');
        }

        /// <summary>
        /// Dictionaries of strings and object, lists, strings, and the text of whatever else there is. Throws FormatException.
        /// </summary>
        public static object Parse(string text) {
            int at = 0;
            object value = Value(text, ref at, 0);
            if (Peek(text, ref at) != '\0') throw Odd(at);
            return value;
        }

        static FormatException Odd(int at) { return new FormatException("no JSON at character " + at); }

        static char Peek(string text, ref int at) {
            while (at < text.Length && " \t\r\n".IndexOf(text[at]) >= 0) ++at;
            return at < text.Length ? text[at] : '\0';
        }

        static void Expect(string text, ref int at, char wanted) {
            if (Peek(text, ref at) != wanted) throw Odd(at);
            ++at;
        }

        static object Value(string text, ref int at, int depth) {
            const int DepthMax = 64;
            if (depth > DepthMax) throw Odd(at);
            switch (Peek(text, ref at)) {
                case '{': return Members(text, ref at, depth);
                case '[': return Elements(text, ref at, depth);
                case '"': return String(text, ref at);
            }
            int begin = at;
            while (at < text.Length && (char.IsLetterOrDigit(text[at]) || "+-.".IndexOf(text[at]) >= 0)) ++at;
            if (at == begin) throw Odd(at);
            string word = text.Substring(begin, at - begin);
            return word == "null" ? null : word;
        }

        static object Members(string text, ref int at, int depth) {
            var all = new Dictionary<string, object>();
            Expect(text, ref at, '{');
            if (Peek(text, ref at) == '}') { ++at; return all; }
            for (;;) {
                Peek(text, ref at);
                string name = String(text, ref at);
                Expect(text, ref at, ':');
                all[name] = Value(text, ref at, depth + 1);
                if (Peek(text, ref at) == '}') { ++at; return all; }
                Expect(text, ref at, ',');
            }
        }

        static object Elements(string text, ref int at, int depth) {
            var all = new List<object>();
            Expect(text, ref at, '[');
            if (Peek(text, ref at) == ']') { ++at; return all; }
            for (;;) {
                all.Add(Value(text, ref at, depth + 1));
                if (Peek(text, ref at) == ']') { ++at; return all; }
                Expect(text, ref at, ',');
            }
        }

        static string String(string text, ref int at) {
            var value = new StringBuilder();
            Expect(text, ref at, '"');
            while (at < text.Length && text[at] != '"') value.Append(text[at] == '\\' ? Escaped(text, ref at) : text[at++]);
            Expect(text, ref at, '"');
            return value.ToString();
        }

        static char Escaped(string text, ref int at) {
            const string Letters = "bfnrt\"\\/";
            char letter = at + 1 < text.Length ? text[at + 1] : '\0';
            int which = Letters.IndexOf(letter);
            at += 2;
            if (which >= 0 && letter != '\0') return "\b\f\n\r\t\"\\/"[which];
            ushort unit;
            if (letter != 'u' || at + 4 > text.Length ||
                !ushort.TryParse(text.Substring(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out unit)) throw Odd(at);
            at += 4;
            return (char)unit;
        }
    }
}
