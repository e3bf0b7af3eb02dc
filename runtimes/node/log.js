// console.* writes one record a call, with the time and the request it belongs to.
'use strict';

const fs = require('fs');
const { format } = require('util');
const { forLog, isError, stringify } = require('./errors');

const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
// The request that is served here: where many are at once, the one that this chain of calls belongs to.
const current = {
  id: undefined,
  scope: undefined,
  get requestId() { return this.scope ? this.scope.getStore() : this.id; },
};
let json = false;
let frames; // where an event of several lines goes as one: see log_pipe.h of the server

function write(descriptor, bytes) {
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(fs.writeSync(descriptor, bytes));
    } catch (error) {
      // A pipe that was made non-blocking and is full: its reader is a moment behind.
      if (error.code !== 'EAGAIN') return;
    }
  }
}

function writeEvent(text) {
  if (frames === undefined || !text.includes('\n')) return write(1, Buffer.from(`${text.replace(/\n/g, '\r')}\n`));
  const message = Buffer.from(text);
  const head = Buffer.alloc(16);
  head.writeUInt32BE(0xa55a0003, 0);
  head.writeUInt32BE(message.length, 4);
  head.writeBigUInt64BE(BigInt(Date.now()) * 1000n, 8);
  write(frames, Buffer.concat([head, message]));
}

function textRecord(level, message) {
  writeEvent(`${new Date().toISOString()}\t${current.requestId}\t${level}\t${message}`);
}

// What is logged alone stays what it is; an error becomes an object, with all that it carries.
function withErrors(key, value) {
  if (!isError(value)) return value;
  return { errorType: kindOf(value), errorMessage: value.message, stackTrace: traceOf(value), ...value };
}

const kindOf = (error) => error.constructor?.name || error.name || 'UnknownError';
const traceOf = (error) => (typeof error.stack === 'string' ? error.stack.split('\n') : []);

function jsonRecord(level, args) {
  const record = { timestamp: new Date().toISOString(), level, requestId: current.requestId };
  if (args.length === 1) {
    try {
      return writeEvent(JSON.stringify({ ...record, message: args[0] }, withErrors));
    } catch {
      // A cycle, or a number that JSON has not.
    }
  }
  record.message = format(...args);
  const error = args.length > 1 && args.find(isError);
  if (error) Object.assign(record, { errorType: kindOf(error), errorMessage: error.message, stackTrace: traceOf(error) });
  writeEvent(JSON.stringify(record));
}

function patchConsole() {
  if (process.env._LAMBDA_TELEMETRY_LOG_FD !== undefined) frames = Number(process.env._LAMBDA_TELEMETRY_LOG_FD);
  delete process.env._LAMBDA_TELEMETRY_LOG_FD;
  json = (process.env.AWS_LAMBDA_LOG_FORMAT || '').toUpperCase() === 'JSON';
  const threshold = (json && LEVELS[(process.env.AWS_LAMBDA_LOG_LEVEL || '').toUpperCase()]) || 0;
  const levels = { log: 'INFO', info: 'INFO', debug: 'DEBUG', warn: 'WARN', error: 'ERROR', trace: 'TRACE', fatal: 'FATAL' };
  for (const [method, level] of Object.entries(levels)) {
    console[method] = LEVELS[level] < threshold ? () => {}
      : json ? (...args) => jsonRecord(level, args)
        : (...args) => textRecord(level, format(...args));
  }
}

// `what` is "Invoke Error", "Uncaught Exception" or "Unhandled Promise Rejection".
function logError(what, error) {
  if (json) {
    jsonRecord('ERROR', [error]);
  } else {
    textRecord('ERROR', `${what} \t${stringify(forLog(error))}`);
  }
}

module.exports = { current, patchConsole, logError };
