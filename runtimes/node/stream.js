// Handlers that answer as a stream: awslambda.streamifyResponse(async (event, responseStream, context) => ...).
'use strict';

const { forCaller } = require('./errors');
const { logError } = require('./log');
const { contextOf, atEmptyLoop } = require('./invoke');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const INTEGRATION_TYPE = 'application/vnd.awslambda.http-integration-response';

function installGlobals() {
  const streamifyResponse = (handler, options) => {
    handler[STREAMING] = true;
    if (options && options.highWaterMark) handler.highWaterMark = options.highWaterMark;
    return handler;
  };
  const HttpResponseStream = {
    // Puts status, headers and cookies in front of the body, ended by eight zero bytes. They leave with its first byte:
    // a handler that fails before has not answered.
    from(stream, prelude) {
      stream.setContentType(INTEGRATION_TYPE);
      stream.setPrelude(Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)]));
      return stream;
    },
  };
  globalThis.awslambda = { ...(globalThis.awslambda || {}), streamifyResponse, HttpResponseStream };
}

// A stream whose first byte sends the head of the request, so that the content type may be set until then.
function openStream(client, requestId, highWaterMark) {
  const { Writable } = require('stream');
  let contentType = 'application/octet-stream';
  let prelude = null;
  let begun = false;
  const begin = () => {
    if (begun) return;
    begun = true;
    client.beginStream(requestId, contentType);
    if (prelude) client.writeStream(prelude);
  };
  const stream = new Writable({
    highWaterMark,
    write(part, encoding, written) {
      begin();
      if (part.length === 0) return written();
      return client.writeStream(part, written);
    },
  });
  stream.setContentType = (type) => { contentType = type; };
  stream.setPrelude = (bytes) => { prelude = bytes; };
  const finish = (trailers) => {
    begin();
    return client.endStream(trailers);
  };
  return { stream, finish, hasBegun: () => begun };
}

function trailersOf(error) {
  const described = forCaller(error);
  return `Lambda-Runtime-Function-Error-Type: ${described.errorType}\r\n` +
    `Lambda-Runtime-Function-Error-Body: ${Buffer.from(JSON.stringify(described)).toString('base64')}\r\n`;
}

async function invokeStreaming(handler, event, headers, client) {
  const requestId = headers['lambda-runtime-aws-request-id'];
  const { stream, finish, hasBegun } = openStream(client, requestId, handler.highWaterMark);
  try {
    await new Promise((resolve, reject) => {
      stream.on('error', reject);
      stream.on('finish', resolve);
      atEmptyLoop.act = () => reject(new Error('Response stream was not ended before the event loop was empty'));
      Promise.resolve(handler(event, stream, contextOf(headers))).catch(reject);
    });
    atEmptyLoop.act = null;
    await finish('');
  } catch (error) {
    atEmptyLoop.act = null;
    logError('Invoke Error', error);
    if (!hasBegun()) return { requestId, error };
    await finish(trailersOf(error));
  }
  return {};
}

module.exports = { STREAMING, installGlobals, invokeStreaming };
