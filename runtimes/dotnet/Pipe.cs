using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Lambda {
    /// <summary>
    /// The Runtime API as frames on a pair of pipes (runtime_pipe.h of the server): a length (4 bytes), a kind (1 byte) and so
    /// many bytes. An answer leaves together with the question for the next event.
    /// </summary>
    sealed class Pipe {
        enum Kind : byte { Next = 2, Response = 3, Error = 4, InitError = 5 }

        const int HeadBytes = 5;
        readonly FileStream input = Open(3, FileAccess.Read);
        readonly FileStream output = Open(4, FileAccess.Write);

        static FileStream Open(int descriptor, FileAccess access) {
            if (Type.GetType("Mono.Runtime") == null) return new FileStream(new SafeFileHandle((IntPtr)descriptor, true), access);
            // Mono, which tests run, takes only descriptors that it opened.
            return new FileStream("/proc/self/fd/" + descriptor, FileMode.Open, access, FileShare.ReadWrite);
        }

        /// <summary>Waits for an event.</summary>
        public Event Next() {
            Begin(Kind.Next, 0);
            output.Flush();
            byte[] frame = Exactly(BitConverter.ToInt32(Exactly(HeadBytes), 0));
            int headEnd = 4 + BitConverter.ToInt32(frame, 0);
            return new Event(Encoding.UTF8.GetString(frame, 4, headEnd - 4),
                             new MemoryStream(frame, headEnd, frame.Length - headEnd, false));
        }

        public void Respond(MemoryStream body) {
            Begin(Kind.Response, (int)body.Length);
            body.WriteTo(output);
        }

        public void Fail(string type, byte[] document) { Describe(Kind.Error, type, document); }

        public void FailInit(string type, byte[] document) {
            Describe(Kind.InitError, type, document);
            output.Flush();
        }

        void Describe(Kind kind, string type, byte[] document) {
            byte[] name = Encoding.UTF8.GetBytes(type);
            Begin(kind, 2 + name.Length + document.Length);
            output.Write(BitConverter.GetBytes((ushort)name.Length), 0, 2);
            output.Write(name, 0, name.Length);
            output.Write(document, 0, document.Length);
        }

        void Begin(Kind kind, int bytes) {
            output.Write(BitConverter.GetBytes(bytes), 0, 4);
            output.WriteByte((byte)kind);
        }

        byte[] Exactly(int size) {
            var bytes = new byte[size];
            for (int had = 0; had < size;) {
                int count = input.Read(bytes, had, size - had);
                if (count == 0) throw new EndOfStreamException("the server closed the pipe");
                had += count;
            }
            return bytes;
        }
    }

    /// <summary>An event: the Runtime API's header fields, and the payload.</summary>
    sealed class Event {
        readonly Dictionary<string, string> head = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        public readonly Stream Payload;

        public Event(string lines, Stream payload) {
            Payload = payload;
            foreach (string line in lines.Split(new[] {"\r\n"}, StringSplitOptions.RemoveEmptyEntries)) {
                int colon = line.IndexOf(": ", StringComparison.Ordinal);
                if (colon > 0) head[line.Substring(0, colon)] = line.Substring(colon + 2);
            }
        }

        /// <summary>The field Lambda-Runtime-NAME; null when there is none.</summary>
        public string this[string name] {
            get {
                string value;
                return head.TryGetValue("Lambda-Runtime-" + name, out value) ? value : null;
            }
        }
    }
}
