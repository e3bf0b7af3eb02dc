// The Runtime API as frames on a pair of pipes, a third of what HTTP over loopback costs. The server's runtime_pipe.h
// says what a frame is. Has the methods of RuntimeClient.
'use strict';

const fs = require('fs');
const net = require('net');

const READ = 3;
const WRITE = 4;
const HEAD_BYTES = 5;
const READ_BYTES = 65536;
// Of a stream, so that the caller gets it as it comes.
const PIECE_BYTES = 65536;
const KIND = { environment: 1, next: 2, response: 3, error: 4, initError: 5, streamHead: 6, streamPiece: 7, streamEnd: 8 };

function frame(kind, bytes) {
  const whole = Buffer.allocUnsafe(HEAD_BYTES + bytes.length);
  whole.writeUInt32LE(bytes.length, 0);
  whole[4] = kind;
  whole.set(bytes, HEAD_BYTES);
  return whole;
}

function described(error) {
  // A name may hold letters that a header cannot carry.
  const type = Buffer.from(String(error.errorType).replace(/[^\x20-\x7e]/g, '?'), 'latin1').subarray(0, 0xffff);
  const size = Buffer.alloc(2);
  size.writeUInt16LE(type.length);
  return Buffer.concat([size, type, Buffer.from(JSON.stringify(error), 'utf8')]);
}

// An event's fields, with lower-case names, and its body as text.
function eventOf(bytes) {
  const end = 4 + bytes.readUInt32LE(0);
  const headers = {};
  for (const line of bytes.latin1Slice(4, end).split('\r\n')) {
    const colon = line.indexOf(': ');
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 2);
  }
  return { headers, body: bytes.utf8Slice(end, bytes.length) };
}

class PipeClient {
  constructor() {
    this.waiting = null;
    this.begun = null; // of a frame: its head, or less
    this.whole = null; // a frame that arrives in parts
    this.filled = 0;
    this.unsent = null;
    this.out = null;
    this.question = frame(KIND.next, Buffer.alloc(0));
    this.socket = new net.Socket({
      fd: READ, readable: true, writable: false,
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (size, buffer) => {
          this.take(buffer.subarray(0, size));
          return true;
        },
      },
    });
    // Without the server there is nothing left to do.
    this.socket.on('error', () => process.exit(1));
    this.socket.on('close', () => process.exit(1));
    // Only a question keeps the process alive; while a handler runs, its own work does.
    this.socket.unref();
  }

  async environment() {
    return JSON.parse(await this.ask(frame(KIND.environment, Buffer.alloc(0)), (bytes) => bytes.toString('utf8')));
  }

  // The answer to the last event goes with the question for the next.
  next() {
    return this.ask(this.question, eventOf);
  }

  postResponse(requestId, text) {
    this.unsent = frame(KIND.response, Buffer.from(text, 'utf8'));
  }

  postError(requestId, error) {
    return this.send(frame(KIND.error, described(error)));
  }

  postInitError(error) {
    return this.send(frame(KIND.initError, described(error)));
  }

  beginStream(requestId, contentType) {
    // From here on a slow caller must not stop the event loop.
    if (!this.out) {
      this.out = new net.Socket({ fd: WRITE, readable: false, writable: true });
      this.out.on('error', () => process.exit(1));
    }
    this.out.write(frame(KIND.streamHead, Buffer.from(`Content-Type: ${contentType}\r\n`, 'latin1')));
  }

  writeStream(part, written) {
    let at = 0;
    for (; at + PIECE_BYTES < part.length; at += PIECE_BYTES) {
      this.out.write(frame(KIND.streamPiece, part.subarray(at, at + PIECE_BYTES)));
    }
    this.out.write(frame(KIND.streamPiece, part.subarray(at)), written);
  }

  // The handler may still be at work: its turn comes before the next event is asked for.
  async endStream(trailers) {
    await this.send(frame(KIND.streamEnd, Buffer.from(trailers, 'latin1')));
    await new Promise((resolve) => { setImmediate(resolve); });
  }

  // `meaning` is called while the bytes of the answer are there; they are then overwritten.
  ask(question, meaning) {
    this.socket.ref();
    return new Promise((resolve) => {
      this.waiting = (bytes) => {
        this.waiting = null;
        this.socket.unref();
        resolve(meaning(bytes));
      };
      this.send(question);
    });
  }

  // Resolves when the server can read it.
  send(bytes) {
    let left = this.unsent ? Buffer.concat([this.unsent, bytes]) : bytes;
    this.unsent = null;
    if (this.out) return new Promise((resolve) => { this.out.write(left, resolve); });
    while (left.length > 0) left = left.subarray(fs.writeSync(WRITE, left));
    return Promise.resolve();
  }

  take(part) {
    if (this.whole === null) {
      const all = this.begun ? Buffer.concat([this.begun, part]) : part;
      if (all.length < HEAD_BYTES) {
        this.begun = Buffer.from(all);
        return;
      }
      this.begun = null;
      const size = all.readUInt32LE(0);
      part = all.subarray(HEAD_BYTES);
      if (part.length === size) {
        this.waiting(part);
        return;
      }
      this.whole = Buffer.allocUnsafe(size);
      this.filled = 0;
    }
    this.filled += part.copy(this.whole, this.filled);
    if (this.filled < this.whole.length) return;
    const whole = this.whole;
    this.whole = null;
    this.waiting(whole);
  }
}

module.exports = { PipeClient };
