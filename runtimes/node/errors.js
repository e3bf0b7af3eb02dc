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
const CallbackHandlerDeprecated = class extends typed('CallbackHandlerDeprecated') {
  constructor() {
    super('AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this ' +
      'function to use a supported handler signature to use Node.js 24 or later. For more information see ' +
      'https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.');
  }
};
const NodeJsExit = class extends typed('NodeJsExit') {
  constructor() {
    super('The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was ' +
      'never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes');
  }
};
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

module.exports = { CallbackHandlerDeprecated, ImportModuleError, HandlerNotFound, MalformedHandlerName, UserCodeSyntaxError,
  NodeJsExit, UnhandledPromiseRejection, isError, forCaller, forLog, stringify };
