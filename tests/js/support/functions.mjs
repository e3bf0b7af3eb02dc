// Clients of the server under test, and functions made from a few lines of code.
import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';

export const ROLE = 'arn:aws:iam::000000000000:role/test';
export const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:';

// Address, region and credentials come from the environment, as in anyone's program.
export const lambda = new LambdaClient({ maxAttempts: 1 });

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; ++bit) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}

// A ZIP archive of text files, stored without compression.
export function zip(files) {
  const entries = [];
  const directory = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const label = Buffer.from(name);
    const bytes = Buffer.from(text);
    // What the local header and the directory have in common: version needed, flags, method, time and date,
    // checksum, both sizes, the lengths of the name and of the extra field.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(label.length, 22);
    const made = Buffer.alloc(6);
    made.write('PK\x01\x02', 'latin1');
    made.writeUInt16LE((3 << 8) | 20, 4); // by Unix, so that the mode below counts
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(0o100644 * 0x10000, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(made, common, rest, label);
    const entry = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, label, bytes]);
    entries.push(entry);
    offset += entry.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...entries, listed, end]);
}

export const waiting = { client: lambda, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.2 };

// A Node.js function from the text of its one module; active when this returns its name.
export async function create(code, options = {}) {
  const FunctionName = `js-${randomUUID().slice(0, 13)}`;
  await lambda.send(new CreateFunctionCommand({
    FunctionName, Runtime: 'nodejs20.x', Handler: 'index.handler', Role: ROLE,
    Code: { ZipFile: zip({ 'index.mjs': code }) }, ...options,
  }));
  await waitUntilFunctionActiveV2(waiting, { FunctionName });
  return FunctionName;
}

// The answer, with its payload read as JSON.
export async function invoke(FunctionName, event, options = {}) {
  const Payload = event === undefined ? undefined : JSON.stringify(event);
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload, ...options }));
  const text = answer.Payload.transformToString();
  return { ...answer, result: text ? JSON.parse(text) : undefined };
}

export async function until(condition, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) throw new Error('it did not happen in time');
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}
