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
        enum Kind : byte { Next = 2, Response = 3, Error = 4, InitError = 5, Snapshot = 9, NoSnapshot = 10, Rest = 11 }

        const int Reader = 3;
        const int Writer = 4;
        const int HeadBytes = 5;
        readonly FileStream input;
        readonly FileStream output;
        readonly bool shared;
        readonly MemoryStream unsent = new MemoryStream();
        byte[] delivery = new byte[0];

        public Pipe() {
            input = Open(Reader, FileAccess.Read);
            output = Open(Writer, FileAccess.Write);
        }

        /// <summary>With the same ends, for one of many threads that serve events; results then name what was delivered to it.</summary>
        public Pipe(Pipe other) {
            input = other.input;
            output = other.output;
            shared = true;
        }

        static FileStream Open(int descriptor, FileAccess access) {
            if (Type.GetType("Mono.Runtime") == null) return new FileStream(new SafeFileHandle((IntPtr)descriptor, true), access);
            // Mono, which tests run, takes only descriptors that it opened.
            return new FileStream("/proc/self/fd/" + descriptor, FileMode.Open, access, FileShare.ReadWrite);
        }

        /// <summary>After the init: waits until the process is an environment's.</summary>
        public void Rest() {
            Begin(Kind.Rest, 0);
            Send();
            Receive();
        }

        /// <summary>
        /// After the init: true in each process that is made of this one, which itself ends. Where none can be made it rests,
        /// and false is when it is an environment's.
        /// </summary>
        public bool WriteSnapshot(long bytesMax) {
            byte[] why = Checkpoint.Take(Writer, (byte)Kind.Snapshot, bytesMax);
            if (why == null) return true;
            if (why.Length == 0) Receive();  // until it is killed
            Begin(Kind.NoSnapshot, why.Length);
            Write(why);
            Send();
            Rest();
            return false;
        }

        /// <summary>Waits for an event.</summary>
        public Event Next() {
            Begin(Kind.Next, 0);
            Send();
            byte[] frame = Receive();
            int headEnd = 4 + BitConverter.ToInt32(frame, 0);
            var invocation = new Event(Encoding.UTF8.GetString(frame, 4, headEnd - 4),
                                       new MemoryStream(frame, headEnd, frame.Length - headEnd, false));
            if (shared) delivery = Encoding.ASCII.GetBytes(invocation["Invocation-Id"]);
            return invocation;
        }

        public void Respond(MemoryStream body) {
            Begin(Kind.Response, delivery.Length + (int)body.Length);
            Write(delivery);
            body.WriteTo(unsent);
        }

        public void Fail(string type, byte[] document) { Describe(Kind.Error, delivery, type, document); }

        public void FailInit(string type, byte[] document) {
            Describe(Kind.InitError, new byte[0], type, document);
            Send();
        }

        void Describe(Kind kind, byte[] before, string type, byte[] document) {
            byte[] name = Encoding.UTF8.GetBytes(type);
            Begin(kind, before.Length + 2 + name.Length + document.Length);
            Write(before);
            Write(BitConverter.GetBytes((ushort)name.Length));
            Write(name);
            Write(document);
        }

        void Begin(Kind kind, int bytes) {
            Write(BitConverter.GetBytes(bytes));
            unsent.WriteByte((byte)kind);
        }

        void Write(byte[] bytes) { unsent.Write(bytes, 0, bytes.Length); }

        void Send() {
            lock (output) {
                unsent.WriteTo(output);
                output.Flush();
            }
            unsent.SetLength(0);
        }

        /// <summary>Whoever asked, the frames are for all alike.</summary>
        byte[] Receive() {
            lock (input) return Exactly(BitConverter.ToInt32(Exactly(HeadBytes), 0));
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
