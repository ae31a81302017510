// One project in temporary directories, with the real programs: a git repository, its own state, its own server.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Change } from '../../web/src/model.ts';

export class Project {
  private readonly directory: string;
  private readonly home: string;
  private readonly port: number;
  private readonly program: string;

  private constructor(directory: string, port: number, program: string) {
    this.directory = join(directory, 'fieldnote');
    this.home = join(directory, 'state');
    this.port = port;
    this.program = program;
    execFileSync('git', ['init', '--quiet', this.directory]);
  }

  static async create(): Promise<Project> {
    const bin = process.env['STREAM_STATUS_BIN'];
    if (!bin) throw new Error('STREAM_STATUS_BIN must name the directory of the built programs, such as build/release');
    const directory = mkdtempSync(join(tmpdir(), 'stream-status-web-'));
    return new Project(directory, await freePort(), resolve(bin, 'stream-status'));
  }

  /** The program, and where and with what surroundings it runs. */
  spawning(): { program: string; options: { cwd: string; env: NodeJS.ProcessEnv } } {
    const { HOME, PATH } = process.env;
    const env = { HOME, PATH, STREAM_STATUS_HOME: this.home, API_PORT: String(this.port) };
    return { program: this.program, options: { cwd: this.directory, env } };
  }

  /** Runs one command and gives back its data. */
  run(...words: string[]): unknown {
    const output = execFileSync(this.program, [...words, '--json'], {
      ...this.spawning().options,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return output.trim() === '' ? null : (JSON.parse(output) as { data: unknown }).data;
  }

  /** Runs git in the repository, with an author of its own. */
  git(...words: string[]): string {
    const identity = ['-c', 'user.name=Mara', '-c', 'user.email=mara@fieldnote.example'];
    return execFileSync('git', [...identity, ...words], { cwd: this.directory, encoding: 'utf8' });
  }

  /** Writes a file of the repository. */
  write(path: string, text: string): void {
    writeFileSync(join(this.directory, path), text);
  }

  /** A file beside the repository, for what a command reads. */
  scratch(name: string): string {
    return join(this.directory, '..', name);
  }

  /** Starts the server if there is none. */
  start(): { url: string; pid: number } {
    this.run('list');
    return this.server();
  }

  server(): { url: string; pid: number } {
    const projects = join(this.home, 'projects');
    const name = readdirSync(projects).find((entry) => !entry.startsWith('.'))!;
    const record = JSON.parse(readFileSync(join(projects, name, '.api-server.lock'), 'utf8')) as {
      port: number;
      pid: number;
    };
    return { url: `http://127.0.0.1:${record.port}`, pid: record.pid };
  }

  /** The server dies without a chance to say so. */
  kill(): void {
    process.kill(this.server().pid, 'SIGKILL');
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(this.server().url + path);
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.send<T>('POST', path, body);
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    return this.send<T>('PATCH', path, body);
  }

  private async send<T>(method: string, path: string, body: unknown): Promise<T> {
    const answer = await fetch(this.server().url + path, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** All changes from the first one up to a revision, as the event stream tells them. */
  async changes(upTo: number): Promise<Change[]> {
    const answer = await fetch(`${this.server().url}/api/events?since=0`);
    const changes: Change[] = [];
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of answer.body!) {
      text += decoder.decode(chunk, { stream: true });
      const events = text.split('\n\n');
      text = events.pop()!;
      for (const event of events) {
        const name = /^event: ?(.*)$/m.exec(event)?.[1];
        if (name === 'reset') throw new Error(`the event stream begins with a reset: ${event}`);
        if (name !== 'streams' && name !== 'commits') continue;
        const data = [...event.matchAll(/^data: ?(.*)$/gm)].map(([, line]) => line).join('\n');
        changes.push(JSON.parse(data) as Change);
      }
      if ((changes.at(-1)?.revision ?? 0) >= upTo) break;
    }
    return changes;
  }

  remove(): void {
    try {
      this.run('stop');
    } finally {
      rmSync(resolve(this.directory, '..'), { recursive: true, force: true });
    }
  }
}

/** A port of its own: the server that follows a killed one must find the same port free. */
function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}
