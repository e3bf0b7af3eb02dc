// HTTP for the Runtime API: one kept connection, written by hand because loading Node's http module would add a
// third to the time that a function takes to start. pipe_client.js speaks the same another way.
'use strict';

const net = require('net');

const PREFIX = '/2018-06-01/runtime';

class RuntimeClient {
  constructor(address) {
    const colon = address.lastIndexOf(':');
    this.address = address;
    this.buffer = Buffer.alloc(0);
    this.waiting = null;
    this.delivery = '';
    this.socket = net.connect(Number(address.slice(colon + 1)), address.slice(0, colon));
    this.socket.setNoDelay(true);
    this.socket.on('data', (part) => this.take(part));
    // Without the Runtime API there is nothing left to do.
    this.socket.on('error', () => process.exit(1));
    this.socket.on('close', () => process.exit(1));
    // Only a call under way keeps the process alive; while a handler runs, its own work does.
    this.socket.unref();
  }

  // For a runtime that was started ahead of need: waits until it is known for which function.
  async environment() {
    const { status, body } = await this.call(`GET /hearth/environment HTTP/1.1\r\nHost: ${this.address}\r\n\r\n`);
    if (status !== 200) throw new Error(`the environment was refused with status ${status}`);
    return JSON.parse(body.toString('utf8'));
  }

  // Waits for an event: its headers, with lower-case names, and its body as text.
  async next() {
    const { status, headers, body } = await this.call(`GET ${PREFIX}/invocation/next HTTP/1.1\r\nHost: ${this.address}\r\n\r\n`);
    if (status !== 200) throw new Error(`next invocation was refused with status ${status}: ${body}`);
    // Where many are served at once its result names it: the same request may be delivered again when it took too long.
    const delivery = headers['lambda-runtime-invocation-id'];
    this.delivery = delivery ? `Lambda-Runtime-Invocation-Id: ${delivery}\r\n` : '';
    return { headers, body: body.toString('utf8') };
  }

  postResponse(requestId, text) {
    return this.post(`invocation/${requestId}/response`, text);
  }

  postError(requestId, error) {
    return this.post(`invocation/${requestId}/error`, JSON.stringify(error), error.errorType);
  }

  postInitError(error) {
    return this.post('init/error', JSON.stringify(error), error.errorType);
  }

  post(path, text, errorType) {
    const body = Buffer.from(text, 'utf8');
    // A name may hold letters that a header cannot carry.
    const extra = errorType === undefined ? '' : `Lambda-Runtime-Function-Error-Type: ${String(errorType).replace(/[^\x20-\x7e]/g, '?')}\r\n`;
    this.socket.write(`POST ${PREFIX}/${path} HTTP/1.1\r\nHost: ${this.address}\r\nContent-Type: application/json\r\n` +
      `${this.delivery}${extra}Content-Length: ${body.length}\r\n\r\n`);
    return this.call(body);
  }

  // A response whose parts leave as they come; its end may carry trailers that tell of an error.
  beginStream(requestId, contentType) {
    this.socket.write(`POST ${PREFIX}/invocation/${requestId}/response HTTP/1.1\r\nHost: ${this.address}\r\n` +
      `${this.delivery}Content-Type: ${contentType}\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n` +
      'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n');
  }

  writeStream(part, written) {
    this.socket.write(`${part.length.toString(16)}\r\n`);
    this.socket.write(part);
    this.socket.write('\r\n', written);
  }

  endStream(trailers) {
    return this.call(`0\r\n${trailers}\r\n`);
  }

  // Sends the (rest of a) request and resolves with the answer.
  call(bytes) {
    this.socket.ref();
    return new Promise((resolve) => {
      this.waiting = (answer) => {
        this.socket.unref();
        resolve(answer);
      };
      if (bytes.length > 0) this.socket.write(bytes);
    });
  }

  take(part) {
    this.buffer = this.buffer.length === 0 ? part : Buffer.concat([this.buffer, part]);
    // Large bodies arrive in many parts: nothing is parsed again until all are there.
    if (this.needed !== undefined && this.buffer.length < this.needed) return;
    const end = this.buffer.indexOf('\r\n\r\n');
    if (end < 0) return;
    const lines = this.buffer.toString('latin1', 0, end).split('\r\n');
    const headers = {};
    for (const line of lines.slice(1)) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    this.needed = end + 4 + Number(headers['content-length'] || 0);
    if (this.buffer.length < this.needed) return;
    const body = this.buffer.subarray(end + 4, this.needed);
    this.buffer = this.buffer.subarray(this.needed);
    this.needed = undefined;
    const waiting = this.waiting;
    this.waiting = null;
    if (waiting) waiting({ status: Number(lines[0].split(' ')[1]), headers, body });
  }
}

module.exports = { RuntimeClient };
