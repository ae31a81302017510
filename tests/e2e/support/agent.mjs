// An agent as clients run it: the official TypeScript SDK on a process of its own, by stdio.
import assert from 'node:assert/strict';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const kCallTimeout = 60_000;

export class Agent {
  static async start({ name, cwd, env, command, args }) {
    const agent = new Agent(name, cwd, new StdioClientTransport({ command, args, cwd, env, stderr: 'pipe' }));
    await agent.client.connect(agent.transport, { timeout: kCallTimeout });
    return agent;
  }

  constructor(name, cwd, transport) {
    this.name = name;
    this.cwd = cwd;
    this.transport = transport;
    this.client = new Client({ name, version: '1.0.0' });
    this.errors = '';
    transport.stderr.on('data', (chunk) => { this.errors += chunk; });
  }

  /** The result of a tool, as the SDK's schemas let it through. */
  async result(tool, args = {}) {
    return this.client.callTool({ name: tool, arguments: args }, undefined, { timeout: kCallTimeout });
  }

  /** The facts of a call that must succeed. */
  async call(tool, args = {}) {
    const result = await this.result(tool, args);
    assert.ok(!result.isError, `${this.name}: ${tool} ${JSON.stringify(args)}: ${result.content?.[0]?.text}`);
    return result.structuredContent;
  }

  /** The error of a call that must be refused: {code, message, hint, …}, and `text` as a model reads it. */
  async refusal(tool, args = {}) {
    const result = await this.result(tool, args);
    assert.equal(result.isError, true, `${tool} ${JSON.stringify(args).slice(0, 200)} was accepted`);
    return { ...result.structuredContent, text: result.content.map((part) => part.text).join('\n') };
  }

  /** The process dies without a chance to say so; gives its pid. */
  kill() {
    const { pid } = this.transport;
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  async close() {
    await this.client.close();
  }
}
