using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Hearth.Lambda {
    /// <summary>See src/checkpoint/take.h of the server.</summary>
    static class Checkpoint {
        const string Library = "/var/runtime/libcheckpoint.so";
        const int ReasonBytes = 256;

        [DllImport(Library)]
        static extern int hearth_checkpoint(int descriptor, byte kind, ulong bytesMax, byte[] why);

        [DllImport(Library)]
        static extern IntPtr hearth_checkpoint_variables(out UIntPtr bytes);

        /// <summary>
        /// Writes this process down as frames of that kind. Null in each process that is made of it; in this one why it could
        /// not be done, or an empty text.
        /// </summary>
        public static byte[] Take(int descriptor, byte kind, long bytesMax) {
            var why = new byte[ReasonBytes];
            if (hearth_checkpoint(descriptor, kind, (ulong)bytesMax, why) > 0) return null;
            Array.Resize(ref why, Array.IndexOf(why, (byte)0));
            return why;
        }

        /// <summary>Of a process that was made of another what it is to have: "NAME=value", each ended by a zero.</summary>
        public static string Variables() {
            UIntPtr bytes;
            IntPtr text = hearth_checkpoint_variables(out bytes);
            var all = new byte[(int)bytes];
            Marshal.Copy(text, all, 0, all.Length);
            return Encoding.UTF8.GetString(all);
        }
    }
}
