// The Node.js part of Hearth: asks the Runtime API for events and calls the function's handler.

import { existsSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const base = '/2018-06-01/runtime/';
const taskRoot = process.env.LAMBDA_TASK_ROOT ?? '/var/task';
const jsonLogs = (process.env.AWS_LAMBDA_LOG_FORMAT ?? 'Text').toUpperCase() === 'JSON';
const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const lowestLevel = levels.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL ?? 'TRACE').toUpperCase());
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

let requestId;

function call(method, target, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const options = { host, port, method, agent, path: base + target, headers: { ...headers } };
    if (body !== undefined) options.headers['Content-Length'] = Buffer.byteLength(body);
    const request = http.request(options, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces).toString() }));
    });
    request.setNoDelay(true);
    request.on('error', reject);
    request.end(body);
  });
}

// One record a call: line feeds inside it become carriage returns, as a log event is a line here.
function writeRecord(text) {
  process.stdout.write(`${text.replaceAll('\n', '\r')}\n`);
}

function patchConsole() {
  const write = (level) => (...values) => {
    if (!jsonLogs) {
      writeRecord(`${new Date().toISOString()}\t${requestId ?? 'undefined'}\t${level}\t${format(...values)}`);
      return;
    }
    if (levels.indexOf(level) < lowestLevel) return;
    const record = { timestamp: new Date().toISOString(), level, requestId };
    const error = values.find((value) => value instanceof Error);
    record.message = values.length === 1 && !error && typeof values[0] === 'object' ? values[0] : format(...values);
    if (error) {
      record.errorType = error.name;
      record.errorMessage = error.message;
      record.stackTrace = (error.stack ?? '').split('\n');
    }
    writeRecord(JSON.stringify(record));
  };
  console.trace = write('TRACE');
  console.debug = write('DEBUG');
  console.log = console.info = write('INFO');
  console.warn = write('WARN');
  console.error = write('ERROR');
  console.fatal = write('FATAL');
}

function typed(name, message, stack) {
  const error = new Error(message);
  error.name = name;
  if (stack) error.stack = stack;
  return error;
}

function errorDocument(error) {
  if (error instanceof Error || (error && typeof error === 'object' && 'message' in error && 'stack' in error)) {
    return { errorType: error.name ?? 'Error', errorMessage: String(error.message), trace: String(error.stack ?? '').split('\n') };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function errorRecord(error) {
  const { errorType, errorMessage, trace } = errorDocument(error);
  const own = error && typeof error === 'object' ? { ...error } : {};
  return JSON.stringify({ errorType, errorMessage, ...own, stack: trace });
}

function logError(what, error) {
  if (jsonLogs) console.error(error);
  else writeRecord(`${new Date().toISOString()}\t${requestId ?? 'undefined'}\tERROR\t${what}\t${errorRecord(error)}`);
}

async function loadModule(file) {
  const wanted = path.resolve(taskRoot, file);
  const isTyped = (name) => existsSync(wanted + name);
  try {
    if (existsSync(wanted) && path.extname(wanted) === '' && !['.js', '.mjs', '.cjs'].some(isTyped)) {
      return createRequire(pathToFileURL(`${taskRoot}/`))(wanted);
    }
    for (const extension of ['.js', '.mjs', '.cjs']) {
      if (!isTyped(extension)) continue;
      if (extension === '.cjs') return createRequire(pathToFileURL(`${taskRoot}/`))(wanted + extension);
      return await import(pathToFileURL(wanted + extension).href);
    }
    const name = path.basename(file);
    throw typed('Runtime.ImportModuleError', `Error: Cannot find module '${name}'\nRequire stack:\n- /var/runtime/bootstrap.mjs`);
  } catch (error) {
    if (error instanceof SyntaxError) throw typed('Runtime.UserCodeSyntaxError', String(error), error.stack);
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw typed('Runtime.ImportModuleError', String(error), error.stack);
    }
    throw error;
  }
}

async function loadHandler(name) {
  const slash = name.lastIndexOf('/');
  const folder = name.slice(0, slash + 1);
  const match = name.slice(slash + 1).match(/^([^.]*)\.(.*)$/);
  if (!match || name.includes('..')) {
    throw typed('Runtime.MalformedHandlerName', name.includes('..')
      ? `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`
      : 'Bad handler');
  }
  const module = await loadModule(folder + match[1]);
  const find = (root) => match[2].split('.').reduce((part, key) => part?.[key], root);
  const handler = find(module) ?? find(module?.default);
  if (handler === undefined) throw typed('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw typed('Runtime.HandlerNotFound', `${name} is not a function`);
  return handler;
}

function contextOf(headers, finish) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const parse = (text) => (text ? JSON.parse(text) : undefined);
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parse(headers['lambda-runtime-client-context']),
    identity: parse(headers['lambda-runtime-cognito-identity']),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: (error, result) => finish(error, result, false),
    succeed: (result) => finish(null, result, false),
    fail: (error) => finish(error ?? 'handled', undefined, false),
  };
  if (headers['lambda-runtime-aws-tenant-id']) context.tenantId = headers['lambda-runtime-aws-tenant-id'];
  return context;
}

// The handler's result by whichever way it gives one: a promise, the callback, or the context's methods.
function run(handler, event, headers) {
  return new Promise((resolve, reject) => {
    let context;
    const finish = (error, result, wait) => {
      const settle = () => (error !== null && error !== undefined ? reject(error) : resolve(result));
      if (wait && context.callbackWaitsForEmptyEventLoop) process.once('beforeExit', settle);
      else settle();
    };
    context = contextOf(headers, finish);
    let returned;
    try {
      returned = handler(event, context, (error, result) => finish(error, result, true));
    } catch (error) {
      reject(error);
      return;
    }
    if (typeof returned?.then === 'function') returned.then(resolve, reject);
    else if (handler.length < 3) process.once('beforeExit', () => resolve(returned === undefined ? null : returned));
  });
}

async function report(id, error) {
  logError('Invoke Error ', error);
  const document = errorDocument(error);
  await call('POST', `invocation/${id}/error`, JSON.stringify(document), {
    'Content-Type': 'application/json',
    'Lambda-Runtime-Function-Error-Type': document.errorType,
  });
}

async function serve(handler) {
  for (;;) {
    const next = await call('GET', 'invocation/next');
    if (next.status !== 200) process.exit(1);
    requestId = next.headers['lambda-runtime-aws-request-id'];
    const trace = next.headers['lambda-runtime-trace-id'];
    if (trace) process.env._X_AMZN_TRACE_ID = trace;
    else delete process.env._X_AMZN_TRACE_ID;
    try {
      const result = await run(handler, JSON.parse(next.body), next.headers);
      let text;
      try {
        text = JSON.stringify(result === undefined ? null : result) ?? 'null';
      } catch {
        throw typed('Runtime.MarshalError', 'Unable to stringify response body');
      }
      await call('POST', `invocation/${requestId}/response`, text, { 'Content-Type': 'application/json' });
    } catch (error) {
      await report(requestId, error);
    }
  }
}

// What nobody caught ends the process; whoever waits is told first.
async function die(error, code) {
  logError(code === 128 ? 'Unhandled Promise Rejection ' : 'Uncaught Exception ', error);
  const document = errorDocument(error);
  const target = requestId ? `invocation/${requestId}/error` : 'init/error';
  agent.destroy();
  await call('POST', target, JSON.stringify(document), {
    'Content-Type': 'application/json',
    'Lambda-Runtime-Function-Error-Type': document.errorType,
  }).catch(() => {});
  process.exit(code);
}

process.on('unhandledRejection', (reason) => {
  const error = typed('Runtime.UnhandledPromiseRejection', String(reason), reason?.stack);
  error.reason = reason;
  die(error, 128);
});
process.on('uncaughtException', (error) => die(error, 129));

patchConsole();
try {
  await serve(await loadHandler(process.env._HANDLER ?? ''));
} catch (error) {
  await die(error, 1);
}
