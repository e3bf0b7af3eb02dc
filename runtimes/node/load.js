// Finds the handler that a name like "folder/file.export.nested" means.
'use strict';

const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');
const { CallbackHandlerDeprecated, ImportModuleError, HandlerNotFound, MalformedHandlerName, UserCodeSyntaxError } = require('./errors');
const { hasCallbacks } = require('./invoke');
const { STREAMING } = require('./stream');

function split(name) {
  if (name.includes('..')) {
    throw new MalformedHandlerName(`'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const file = path.basename(name);
  const match = file.match(/^([^.]*)\.(.*)$/);
  if (!match) throw new MalformedHandlerName('Bad handler');
  return { folder: name.slice(0, name.length - file.length), module: match[1], exported: match[2] };
}

// What the nearest package.json between the file and the root says that .js files are.
function isModulePackage(folder, root) {
  for (let at = folder; ; at = path.dirname(at)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(at, 'package.json'), 'utf8')).type === 'module';
    } catch {
      if (at === root || at === path.dirname(at)) return false;
    }
  }
}

async function loadModule(root, folder, module) {
  const base = path.resolve(root, folder, module);
  const asModule = (file) => import(pathToFileURL(file).href);
  if (fs.existsSync(base) && fs.statSync(base).isFile()) return require(base);
  if (fs.existsSync(`${base}.js`)) {
    return isModulePackage(path.dirname(base), root) ? asModule(`${base}.js`) : require(`${base}.js`);
  }
  if (fs.existsSync(`${base}.mjs`)) return asModule(`${base}.mjs`);
  if (fs.existsSync(`${base}.cjs`)) return require(`${base}.cjs`);
  // A package of node_modules or NODE_PATH. Its failure names what was looked for.
  return require(require.resolve(module, { paths: [path.resolve(root, folder), root] }));
}

async function loadHandler(root, name) {
  const { folder, module, exported } = split(name);
  let loaded;
  try {
    loaded = await loadModule(root, folder, module);
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserCodeSyntaxError(error);
    if (error && (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_MODULE_NOT_FOUND')) throw new ImportModuleError(error);
    throw error;
  }
  let handler = loaded;
  for (const part of exported.split('.')) handler = handler && handler[part];
  // What a CommonJS file exports may be under "default" when it was imported.
  if (handler === undefined && loaded && loaded.default) handler = loaded.default[exported];
  if (handler === undefined) throw new HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new HandlerNotFound(`${name} is not a function`);
  if (!hasCallbacks() && !handler[STREAMING] && handler.length > 2) throw new CallbackHandlerDeprecated();
  return handler;
}

module.exports = { loadHandler };
