using System;
using System.IO;
using System.Text;
using System.Threading.Tasks;

namespace Hearth.Lambda {
    /// <summary>What the console's lines go through, to get time, request and level. Parts of lines stay as they are.</summary>
    sealed class ConsoleWriter : TextWriter {
        readonly string level;

        public ConsoleWriter(string level) { this.level = level; }

        public override Encoding Encoding { get { return Encoding.UTF8; } }

        public override void Write(char value) { Write(value.ToString()); }
        public override void Write(string value) { if (!string.IsNullOrEmpty(value)) Log.Raw(Encoding.GetBytes(value)); }
        public override void Write(char[] buffer, int index, int count) { Write(new string(buffer, index, count)); }

        public override void WriteLine() { WriteLine(""); }
        public override void WriteLine(string value) { Log.Write(level, value); }
        public override void WriteLine(bool value) { WriteLine(value.ToString()); }
        public override void WriteLine(char value) { WriteLine(value.ToString()); }
        public override void WriteLine(char[] buffer) { WriteLine(buffer == null ? "" : new string(buffer)); }
        public override void WriteLine(char[] buffer, int index, int count) { WriteLine(new string(buffer, index, count)); }
        public override void WriteLine(decimal value) { WriteLine(value.ToString(FormatProvider)); }
        public override void WriteLine(double value) { WriteLine(value.ToString(FormatProvider)); }
        public override void WriteLine(float value) { WriteLine(value.ToString(FormatProvider)); }
        public override void WriteLine(int value) { WriteLine(value.ToString(FormatProvider)); }
        public override void WriteLine(uint value) { WriteLine(value.ToString(FormatProvider)); }
        public override void WriteLine(long value) { WriteLine(value.ToString(FormatProvider)); }
        public override void WriteLine(ulong value) { WriteLine(value.ToString(FormatProvider)); }
        public override void WriteLine(object value) { WriteLine(value == null ? "" : value.ToString()); }
        public override void WriteLine(string format, object one) { WriteLine(string.Format(FormatProvider, format, one)); }
        public override void WriteLine(string format, object one, object two) { WriteLine(string.Format(FormatProvider, format, one, two)); }
        public override void WriteLine(string format, object one, object two, object three) { WriteLine(string.Format(FormatProvider, format, one, two, three)); }
        public override void WriteLine(string format, params object[] all) { WriteLine(string.Format(FormatProvider, format, all)); }

        public override Task WriteLineAsync() { return Done(() => WriteLine()); }
        public override Task WriteLineAsync(char value) { return Done(() => WriteLine(value)); }
        public override Task WriteLineAsync(string value) { return Done(() => WriteLine(value)); }
        public override Task WriteLineAsync(char[] buffer, int index, int count) { return Done(() => WriteLine(buffer, index, count)); }

        static Task Done(Action action) {
            action();
            return Task.FromResult(true);
        }
    }
}
