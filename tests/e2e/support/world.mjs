// One test's world: a temporary directory with a git repository, its own state, and the programs under test.
// Leaving it checks that no process of it is left.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { Agent } from './agent.mjs';
import { RawAgent } from './raw_agent.mjs';

/** Long enough for a machine that is busy with other things; nothing is right because of it. */
export const kPatience = 60_000;
/** For `test(name, kTest, …)`. */
export const kTest = { timeout: 4 * kPatience };

export const programs = findPrograms();

function findPrograms() {
  const directory = process.env.STREAM_STATUS_BIN;
  if (!directory) throw new Error('STREAM_STATUS_BIN must name the directory of the built programs, such as build/release');
  return path.resolve(directory);
}

export const program = (name = 'stream-status') => path.join(programs, name);

/** Runs `body` in a new world and leaves nothing behind, whatever happens. */
export async function inWorld(body) {
  const world = await World.create();
  try {
    await body(world);
  } catch (error) {
    await world.leave().catch(() => {}); // the first failure tells more
    throw error;
  }
  await world.leave();
}

export class World {
  static async create() {
    // As the kernel names it: the programs resolve symlinks, and what they print is compared.
    const world = new World(fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'stream-status-e2e-'))));
    await world.git(world.repository, 'init', '--quiet', '--initial-branch=main');
    fs.writeFileSync(path.join(world.repository, 'README.md'), '# Harbour\n');
    await world.git(world.repository, 'add', '.');
    await world.git(world.repository, 'commit', '--quiet', '-m', 'Begin');
    return world;
  }

  #agents = [];

  constructor(directory) {
    this.directory = directory;
    this.repository = path.join(directory, 'harbour');
    this.home = path.join(directory, 'state');
    fs.mkdirSync(this.repository);
    fs.mkdirSync(path.join(directory, 'person'));
    // Nothing of the developer's own: no configuration, no agent name, no project.
    this.env = {
      PATH: process.env.PATH,
      HOME: path.join(directory, 'person'),
      STREAM_STATUS_HOME: this.home,
      LC_ALL: 'C.UTF-8',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_AUTHOR_NAME: 'mira', GIT_AUTHOR_EMAIL: 'mira@harbour.example',
      GIT_COMMITTER_NAME: 'mira', GIT_COMMITTER_EMAIL: 'mira@harbour.example',
    };
  }

  async git(cwd, ...words) {
    const { code, out, err } = await run('git', words, { cwd, env: this.env });
    assert.equal(code, 0, `git ${words.join(' ')}: ${err}`);
    return out.trim();
  }

  /** A new linked worktree on a branch of the same name. One at a time: git stumbles over another that is half made. */
  async worktree(name) {
    const where = path.join(this.directory, 'worktrees', name);
    const add = () => this.git(this.repository, 'worktree', 'add', '--quiet', '-b', name, where);
    await (this.worktreeMade = (this.worktreeMade ?? Promise.resolve()).then(add));
    return where;
  }

  /** Runs the command line program; gives {code, out, err}. */
  command(words, { cwd = this.repository, env = {}, bin = program() } = {}) {
    return run(bin, words, { cwd, env: { ...this.env, ...env } });
  }

  /** The data of a command that must succeed. */
  async data(...words) {
    const { code, out, err } = await this.command([...words, '--json']);
    assert.equal(code, 0, `stream-status ${words.join(' ')}: ${err}`);
    return JSON.parse(out).data;
  }

  /** An agent: the official SDK's client on a `stream-status mcp` of its own. */
  async agent(name, cwd = this.repository, options = {}) {
    const agent = await Agent.start({ name, cwd, env: this.env, command: program(), args: ['mcp'], ...options });
    this.#agents.push(agent);
    return agent;
  }

  /** The same process without the SDK: lines in, lines out. */
  rawAgent(cwd = this.repository, options = {}) {
    const agent = new RawAgent({ cwd, env: this.env, command: program(), args: ['mcp'], ...options });
    this.#agents.push(agent);
    return agent;
  }

  /** The server's record; null while there is none. */
  record() {
    const projects = path.join(this.home, 'projects');
    const names = fs.existsSync(projects) ? fs.readdirSync(projects).filter((name) => !name.startsWith('.')) : [];
    assert.ok(names.length <= 1, `one project, but directories ${names.join(', ')}`);
    try {
      return JSON.parse(fs.readFileSync(path.join(projects, names[0] ?? '', '.api-server.lock'), 'utf8'));
    } catch {
      return null;
    }
  }

  /** An answer of the server over HTTP, which must be 200. */
  async get(route) {
    const answer = await fetch(`http://127.0.0.1:${this.record().port}${route}`);
    assert.equal(answer.status, 200, route);
    return answer.json();
  }

  async revision() {
    return (await this.get('/api/health')).revision;
  }

  /** The server dies without a chance to say so; gives its pid. */
  kill() {
    const { pid } = this.record();
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  async leave() {
    try {
      await Promise.all(this.#agents.map((agent) => agent.close()));
      if (fs.existsSync(this.home)) {
        const { code, err } = await this.command(['stop']);
        assert.equal(code, 0, `stop: ${err}`);
      }
      await until(() => processesIn(this.directory).length === 0, () => `left behind: ${processesIn(this.directory).join('; ')}`);
    } finally {
      fs.rmSync(this.directory, { recursive: true, force: true });
    }
  }
}

/** Runs a program to its end; gives {code, out, err}. */
export function run(file, words, { cwd, env }) {
  return new Promise((resolve, reject) => {
    const options = { cwd, env, encoding: 'utf8', timeout: 2 * kPatience, killSignal: 'SIGKILL', maxBuffer: 1 << 26 };
    const child = execFile(file, words, options, (error, out, err) => {
      if (error && typeof error.code !== 'number') return reject(error); // not started, or killed
      resolve({ code: error?.code ?? 0, out, err });
    });
    child.stdin.end();
  });
}

/** Waits for a condition that no event announces. */
export async function until(holds, describe) {
  const deadline = Date.now() + kPatience;
  for (;;) {
    if (await holds()) return;
    if (Date.now() > deadline) throw new Error(typeof describe === 'function' ? describe() : describe);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

/** A process that has ended but was not collected by its parent does not count. */
export function isRunning(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/\) Z /.test(stat);
  } catch {
    return false;
  }
}

/** Processes that name the directory in their command line, or stand in it: "pid command line". */
export function processesIn(directory) {
  const found = [];
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    try {
      const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      if (words.includes(directory) || fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(directory)) found.push(`${pid} ${words}`);
    } catch { /* it has gone, or is not ours */ }
  }
  return found;
}
