// Errors as the caller and the log see them.
'use strict';

function typed(name) {
  return class extends Error {
    constructor(reason) {
      super(reason);
      this.name = `Runtime.${name}`;
    }
  };
}

const ImportModuleError = typed('ImportModuleError');
const HandlerNotFound = typed('HandlerNotFound');
const MalformedHandlerName = typed('MalformedHandlerName');
const UserCodeSyntaxError = typed('UserCodeSyntaxError');
const NodeJsExit = typed('NodeJsExit');
const UnhandledPromiseRejection = class extends typed('UnhandledPromiseRejection') {
  constructor(reason, promise) {
    super(reason);
    this.reason = reason;
    this.promise = promise;
  }
};

// An object of another context (vm) is an error too, though no instance of our Error.
const isError = (value) => Boolean(value && value.name && value.message && value.stack) || value instanceof Error;

// The object that the Runtime API is told and the caller sees.
function forCaller(error) {
  if (!isError(error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack || '').split('\n') };
}

// The object that is logged: with everything the error carries.
function forLog(error) {
  if (!isError(error)) return { errorType: typeof error, errorMessage: String(error), stack: [] };
  const own = {};
  for (const key of Object.keys(error)) {
    if (key !== 'name' && key !== 'message' && key !== 'stack') own[key] = isError(error[key]) ? forLog(error[key]) : error[key];
  }
  return { errorType: error.name, errorMessage: error.message, ...own, stack: (error.stack || '').split('\n') };
}

function stringify(value) {
  try {
    return JSON.stringify(value);
  } catch {
    return JSON.stringify({ errorType: value.errorType, errorMessage: value.errorMessage, stack: value.stack });
  }
}

module.exports = { ImportModuleError, HandlerNotFound, MalformedHandlerName, UserCodeSyntaxError, NodeJsExit,
  UnhandledPromiseRejection, isError, forCaller, forLog, stringify };
