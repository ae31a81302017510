// The demo's outside world: its directory, git, the stream-status programs, and the server's record.
// Everything it makes lies in one directory, and git sees nobody's configuration.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { added, changed } from './contents.mjs';

const kOurs = ['fieldnote', 'worktrees', 'home', 'demo.pid', 'history.jsonl', 'marks'];
const kMark = '.stream-status-demo';

export class World {
  #making = Promise.resolve(); // the last worktree
  #landing = Promise.resolve(); // the last merge

  constructor(bin, directory) {
    this.directory = directory;
    this.repository = path.join(directory, 'fieldnote');
    this.worktrees = path.join(directory, 'worktrees');
    this.home = path.join(directory, 'home');
    this.program = path.join(bin, 'stream-status');
    this.env = { ...process.env, STREAM_STATUS_HOME: this.home };
    for (const name of Object.keys(this.env)) {
      if (/^(GIT_|PROJECT_ROOT$|WORKTREE_ROOT$|API_PORT$|CLAUDE_PROJECT_DIR$|STREAM_STATUS_AGENT$)/.test(name)) delete this.env[name];
    }
    Object.assign(this.env, { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', LC_ALL: 'C' });
  }

  /** Takes the directory for this run: an earlier demo is ended, its files go. */
  async claim() {
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const found = fs.lstatSync(this.directory);
    const mark = path.join(this.directory, kMark);
    if (!found.isDirectory() || found.uid !== process.getuid()) throw new Error(`${this.directory} is not a directory of yours; remove it or give --dir`);
    if (!fs.existsSync(mark) && fs.readdirSync(this.directory).length > 0) throw new Error(`${this.directory} holds other files; give --dir a new one`);
    fs.writeFileSync(mark, '');
    const ended = await this.#endEarlier();
    if (fs.existsSync(this.repository)) await this.stopServer();
    for (const name of kOurs) fs.rmSync(path.join(this.directory, name), { recursive: true, force: true });
    fs.writeFileSync(path.join(this.directory, 'demo.pid'), `${process.pid} ${startTicks(process.pid)}\n`);
    fs.mkdirSync(this.worktrees);
    fs.mkdirSync(this.home, { mode: 0o700 });
    return ended;
  }

  // The pid alone could be anyone's by now; with the start time of its process it is that demo's.
  async #endEarlier() {
    let line = '';
    try { line = fs.readFileSync(path.join(this.directory, 'demo.pid'), 'utf8'); } catch { return null; }
    const [pid, ticks] = line.trim().split(' ');
    const isRunning = () => ticks !== undefined && startTicks(pid) === ticks;
    if (!isRunning()) return null;
    process.kill(Number(pid), 'SIGINT');
    for (let waited = 0; isRunning() && waited < 10_000; waited += 50) await new Promise((resolve) => setTimeout(resolve, 50));
    if (isRunning()) process.kill(Number(pid), 'SIGKILL');
    return Number(pid);
  }

  release() {
    fs.rmSync(path.join(this.directory, 'demo.pid'), { force: true });
  }

  /** Gives git's stdout. `input` is its stdin, `env` is added to what it sees. */
  git(cwd, args, { env = {}, input } = {}) {
    return run('git', ['-c', 'init.defaultBranch=main', '-c', 'advice.detachedHead=false', ...args], { cwd, env: { ...this.env, ...env } }, input);
  }

  /** Runs the command line program on the demo's project; resolves to its stdout. */
  command(...args) {
    return run(this.program, ['--project', this.repository, ...args], { cwd: this.directory, env: this.env });
  }

  async stopServer() {
    try { await this.command('stop'); } catch { /* none was running */ }
  }

  /** The pid in the server's record; null while there is none. */
  serverPid() {
    try {
      return JSON.parse(fs.readFileSync(path.join(this.home, 'projects', 'fieldnote', '.api-server.lock'), 'utf8')).pid;
    } catch {
      return null;
    }
  }

  /** Changes `file` for the sake of `message` and commits that. Gives what add_commit wants. */
  async commit(cwd, { file, message, change }, author) {
    const target = path.join(cwd, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    const text = fs.existsSync(target) ? fs.readFileSync(target, 'utf8') : '';
    fs.writeFileSync(target, change === undefined ? added(file, text, message) : changed(text, change, message));
    await this.git(cwd, ['add', '--all']); // with what an agent before left uncommitted
    await this.git(cwd, ['commit', '--quiet', '-m', message], { env: identity(author) });
    const [hash, ...numbers] = (await this.git(cwd, ['show', '--format=%H', '--numstat', 'HEAD'])).trim().split(/\n+/);
    const sum = (column) => numbers.reduce((total, line) => total + (Number(line.split('\t')[column]) || 0), 0);
    return { commitHash: hash, message, author, filesChanged: numbers.length, insertions: sum(0), deletions: sum(1) };
  }

  /** Merges the stream's branch into main, one at a time, and removes its worktree. Gives how many files conflicted. */
  land(stream, author) {
    const turn = this.#landing.then(async () => {
      const where = await this.worktree(stream.id);
      const env = identity(author);
      const merge = ['merge', '--quiet', '--no-ff', '-m', `Merge ${stream.id}: ${stream.title}`, stream.id];
      let conflicts = 0;
      try {
        await this.git(this.repository, merge, { env });
      } catch {
        conflicts = (await this.git(this.repository, ['diff', '--name-only', '--diff-filter=U'])).trim().split('\n').length;
        await this.git(this.repository, ['merge', '--abort']);
        await this.git(where, ['merge', '--quiet', '-X', 'ours', '-m', `Merge main into ${stream.id}`, 'main'], { env });
        await this.git(this.repository, merge, { env });
      }
      await this.git(this.repository, ['worktree', 'remove', where]);
      return conflicts;
    });
    this.#landing = turn.catch(() => {});
    return turn;
  }

  /** The branch's worktree, made when it is not there. One at a time: git stumbles over another that is half made. */
  worktree(name) {
    const where = path.join(this.worktrees, name);
    const turn = this.#making.then(() => (fs.existsSync(where) ? where : this.#makeWorktree(name, where)));
    this.#making = turn.catch(() => {});
    return turn;
  }

  async #makeWorktree(name, where) {
    const hasBranch = (await this.git(this.repository, ['branch', '--list', name])).trim() !== '';
    await this.git(this.repository, ['worktree', 'add', '--quiet', ...(hasBranch ? [where, name] : ['-b', name, where, 'main'])]);
    return where;
  }
}

function identity(author) {
  const email = emailOf(author);
  return { GIT_AUTHOR_NAME: author, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: author, GIT_COMMITTER_EMAIL: email };
}

export const emailOf = (author) => `${author.replaceAll(/[^a-z0-9]+/gi, '.')}@fieldnote.example`;

// Field 22 of /proc/<pid>/stat; the command in field 2 may hold spaces.
function startTicks(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function run(file, args, options, input) {
  return new Promise((resolve, reject) => {
    // A process group of its own, as in mcp.mjs: Ctrl-C must not cut a git command in two.
    const child = spawn(file, args, { ...options, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], detached: true });
    if (input !== undefined) child.stdin.on('error', () => {}).end(input); // its exit tells
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => { output += chunk; });
    child.stderr.on('data', (chunk) => { errors += chunk; });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${path.basename(file)} ${args.join(' ')}: ${errors.trim() || `exit ${code}`}`));
    });
  });
}
