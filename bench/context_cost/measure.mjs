// A client that counts: one server over stdio, what it puts into an agent's context, how long it takes and what it weighs.
// Not a test: it judges nothing. Called by session.mjs.
import fs from 'node:fs';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';

const kPatience = { timeout: 120_000 };

/** Bytes and tokens of a text. Text that looks like a control token of the model counts as the text it is. */
export function sizeOf(text) {
  return { bytes: Buffer.byteLength(text), tokens: countTokens(text, { disallowedSpecial: new Set() }) };
}

export const add = (a, b) => ({ bytes: a.bytes + b.bytes, tokens: a.tokens + b.tokens });
export const kNothing = { bytes: 0, tokens: 0 };

export class CountingClient {
  static async start({ name, command, args, cwd, env }) {
    const started = performance.now();
    const transport = new StdioClientTransport({ command, args, cwd, env, stderr: 'pipe' });
    const client = new CountingClient(new Client({ name, version: '1.0.0' }), transport);
    transport.stderr.on('data', (chunk) => { client.#complaints += chunk; });
    await client.#client.connect(transport, kPatience);
    client.startMs = performance.now() - started;
    return client;
  }

  #client;
  #transport;
  #complaints = '';

  constructor(client, transport) {
    this.#client = client;
    this.#transport = transport;
  }

  /** What each session pays before its first call. */
  async introduction() {
    const { tools } = await this.#client.listTools(undefined, kPatience);
    const shown = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
    return {
      tools: tools.length,
      list: sizeOf(JSON.stringify({ tools })),
      shown: sizeOf(JSON.stringify(shown)),
      instructions: sizeOf(this.#client.getInstructions() ?? ''),
    };
  }

  /** One call, which must succeed: what the model writes, and what it reads of each face of the answer. */
  async call(tool, args) {
    const started = performance.now();
    const result = await this.#client.callTool({ name: tool, arguments: args }, undefined, kPatience);
    const ms = performance.now() - started;
    const text = result.content.map((part) => part.text ?? JSON.stringify(part)).join('\n');
    if (result.isError) throw new Error(`${tool} ${JSON.stringify(args)}: ${text}\n${this.#complaints}`);
    const face = sizeOf(text);
    const structured = result.structuredContent === undefined ? undefined : sizeOf(JSON.stringify(result.structuredContent));
    return { tool, ms, text, structuredContent: result.structuredContent, said: sizeOf(`${tool} ${JSON.stringify(args)}`), face, structured };
  }

  async resource(uri) {
    const { contents } = await this.#client.readResource({ uri }, kPatience);
    return sizeOf(contents.map((each) => each.text ?? '').join('\n'));
  }

  /** Proportional memory of the server's process and all that it started, in MB. */
  memory() {
    return proportional(familyOf(this.#transport.pid));
  }

  async close() {
    await this.#client.close();
  }
}

function familyOf(pid) {
  const children = new Map();
  for (const name of fs.readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const parent = Number(fs.readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch { /* it has ended */ }
  }
  const family = [pid];
  for (const each of family) family.push(...(children.get(each) ?? []));
  return family;
}

/** MB of these processes, each page divided by how many share it. */
export function proportional(pids) {
  return pids.reduce((sum, pid) => {
    const [, kilobytes] = /^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return sum + Number(kilobytes) / 1024;
  }, 0);
}
