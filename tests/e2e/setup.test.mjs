// init and uninstall on real files, and as real clients see them: Claude Code, Gemini CLI and Codex from npm, without an
// account and without a network.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import { inWorld, kTest, program, programs, run } from './support/world.mjs';

const packages = path.join(import.meta.dirname, 'node_modules');
const clients = {
  claude: path.join(packages, '@anthropic-ai', `claude-code-${process.platform}-${process.arch}`, 'claude'), // what its install script links to
  gemini: path.join(packages, '.bin', 'gemini'),
  codex: path.join(packages, '.bin', 'codex'),
};
const all = ['claude-code', 'claude-desktop', 'cursor', 'vscode', 'codex', 'gemini', 'windsurf', 'zed'];

/** Every file below the directory, by its path: text and mode. */
function filesIn(directory) {
  const found = {};
  for (const entry of fs.readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (file.includes('/.git/') || entry.isDirectory()) continue;
    const name = path.relative(directory, file);
    found[name] = entry.isSymbolicLink() ? `→ ${fs.readlinkSync(file)}` : `${(fs.statSync(file).mode & 0o777).toString(8)} ${fs.readFileSync(file, 'utf8')}`;
  }
  return found;
}

const person = (world) => world.env.HOME;
const put = (directory, name, text) => {
  fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
  fs.writeFileSync(path.join(directory, name), text);
};
const files = async (world, ...words) => (await world.data('init', ...words)).files;

/** For clients' own programs: by the Node that runs this, with our programs on the PATH. */
const clientEnv = (world) => ({
  ...world.env, PATH: `${programs}:${path.dirname(process.execPath)}:${world.env.PATH}`, TERM: 'dumb', DISABLE_AUTOUPDATER: '1', DISABLE_TELEMETRY: '1',
});
const client = (world, name, ...words) => run(clients[name], words, { cwd: world.repository, env: clientEnv(world) });

/** npm brings each client's program for some platforms only. Where it is not there, the test is skipped and says so. */
function isAbsent(t, name) {
  const absent = !fs.existsSync(clients[name]);
  if (absent) t.skip(`npm has brought no ${name} for ${process.platform}-${process.arch}`);
  return absent;
}

test('what init puts into the files of eight clients, uninstall takes out byte for byte', kTest, () => inWorld(async (world) => {
  put(world.repository, '.mcp.json', '{"mcpServers": {"git": {"command": "git-mcp"}}}');
  put(world.repository, '.vscode/mcp.json', '{\r\n\t// ours\r\n\t"servers": {\r\n\t\t"a": {"command": "x"}, // note\r\n\t},\r\n}\r\n');
  put(world.repository, '.claude/settings.json', '{\n  "hooks": {\n    "SessionStart": []\n  }\n}\n');
  put(world.repository, 'AGENTS.md', '# Agents\n\nBe kind.');
  put(person(world), '.codex/config.toml', 'model = "o5"\n\n[mcp_servers.docs]\ncommand = "docs"');
  put(person(world), '.codex/hooks.json', '{"hooks": {"Stop": []}}\n');
  put(person(world), '.config/zed/settings.json', '\ufeff// Zed\n{\n  "theme": "One Dark",\n}\n');
  put(person(world), 'dotfiles/windsurf.json', '{\n    "mcpServers": {\n    }\n}\n');
  fs.mkdirSync(path.join(person(world), '.codeium/windsurf'), { recursive: true });
  fs.symlinkSync('../../dotfiles/windsurf.json', path.join(person(world), '.codeium/windsurf/mcp_config.json'));
  fs.chmodSync(path.join(person(world), '.codex/config.toml'), 0o600);
  const before = filesIn(world.directory);

  const done = await files(world, ...all, '--agents-md');
  assert.deepEqual(new Set(done.map((file) => file.state)), new Set(['changed']));
  const between = filesIn(world.directory);
  for (const name of ['harbour/.cursor/mcp.json', 'harbour/.gemini/settings.json', 'person/.config/Claude/claude_desktop_config.json']) assert.ok(name in between, name);
  assert.equal(between['person/.codeium/windsurf/mcp_config.json'], '→ ../../dotfiles/windsurf.json');
  assert.match(between['person/dotfiles/windsurf.json'], /--project/);
  assert.match(between['person/.codex/config.toml'], /^600 /);
  assert.match(between['harbour/AGENTS.md'], /Be kind\.\n\n<!-- stream-status:begin -->/);

  // Again: nothing to do. Another user's scope besides: fine, too.
  assert.deepEqual(new Set((await files(world, ...all, '--agents-md')).map((file) => file.state)), new Set(['unchanged']));
  assert.deepEqual(filesIn(world.directory), between);
  assert.equal((await world.command(['init', ...all, '--check'])).code, 0);
  await files(world, ...all, '--user');

  const { code, err } = await world.command(['uninstall']);
  assert.equal(code, 0, err);
  assert.deepEqual(filesIn(world.directory), before);
  assert.equal((await world.command(['init', 'cursor', '--check'])).code, 1);
  assert.deepEqual(filesIn(world.directory), before, '--check writes nothing');
  const printed = await world.command(['init', ...all, '--print']);
  assert.match(printed.out, /── \.cursor\/mcp\.json\n\{\n {2}"mcpServers"/);
  assert.deepEqual(filesIn(world.directory), before, '--print writes nothing');
}));

test('a file that can not be edited is left alone and named, and the others are written', kTest, () => inWorld(async (world) => {
  put(world.repository, '.mcp.json', '{"mcpServers": {"git": }}');
  put(world.repository, '.cursor/mcp.json', '{}');
  fs.chmodSync(path.join(world.repository, '.cursor/mcp.json'), 0o444);
  fs.mkdirSync(path.join(world.repository, '.vscode/mcp.json'), { recursive: true });
  put(person(world), '.config/zed/settings.json', '{"context_servers": {"stream-status": {"command": "docker", "args": []}}}');
  put(person(world), '.config/Claude/claude_desktop_config.json', '');
  fs.mkdirSync(path.join(person(world), '.codex'));
  fs.symlinkSync('nowhere', path.join(person(world), '.codex/config.toml'));
  const before = filesIn(world.directory);
  const { code, out } = await world.command(['init', ...all, '--json']);
  assert.equal(code, 1);
  const left = JSON.parse(out).data.files.filter((file) => file.state === 'left');
  assert.deepEqual(left.map((file) => [file.client, file.what]), [
    ['Claude Code', 'server'], ['Claude Desktop', 'server'], ['Cursor', 'server'], ['VS Code', 'server'], ['Codex', 'server'], ['Zed', 'server']]);
  for (const { reason } of left) assert.match(reason, /mend|remove|make|move/);
  const after = filesIn(world.directory);
  for (const name of Object.keys(before)) assert.equal(after[name], before[name], name);
  assert.match(after['harbour/.gemini/settings.json'], /stream-status/);

  for (const words of [['init'], ['init', 'cursr']]) {
    const { code: wrong, err } = await world.command(words);
    assert.equal(wrong, 2);
    for (const name of all) assert.ok(err.includes(name), err);
  }
}));

test('two inits at once leave one entry', kTest, () => inWorld(async (world) => {
  put(world.repository, '.mcp.json', '{\n  "mcpServers": {\n    "git": {"command": "git-mcp"}\n  }\n}\n');
  const before = filesIn(world.directory);
  await Promise.all(Array.from({ length: 8 }, () => world.command(['init', ...all])));
  assert.deepEqual(Object.keys(JSON.parse(fs.readFileSync(path.join(world.repository, '.mcp.json'), 'utf8')).mcpServers), ['git', 'stream-status']);
  assert.equal((await world.command(['uninstall'])).code, 0);
  assert.deepEqual(filesIn(world.directory), before);
}));

test('--all takes the clients that are there, and a project on the PATH gets a name, not a path', kTest, () => inWorld(async (world) => {
  const env = { PATH: `${programs}:${world.env.PATH}` };
  assert.equal((await world.command(['init', '--all'], { env })).code, 3);
  put(person(world), '.gemini/GEMINI.md', '');
  put(world.repository, '.cursor/mcp.json', '{}');
  const { out } = await world.command(['init', '--all', '--json'], { env });
  assert.deepEqual([...new Set(JSON.parse(out).data.files.map((file) => file.client))], ['Cursor', 'Gemini CLI']);
  assert.match(fs.readFileSync(path.join(world.repository, '.cursor/mcp.json'), 'utf8'), /"command": "stream-status"/);
}));

test('Claude Code connects to the server that init gave it, and runs its hook', kTest, (t) => inWorld(async (world) => {
  if (isAbsent(t, 'claude')) return;
  await files(world, 'claude-code', '--user');
  const listed = await client(world, 'claude', 'mcp', 'list');
  assert.match(listed.out, /stream-status: .*mcp - ✔ Connected/, listed.out + listed.err);
  await world.data('uninstall');
  assert.doesNotMatch((await client(world, 'claude', 'mcp', 'list')).out, /stream-status:/);

  await files(world, 'claude-code');
  await world.data('add', 'Key escrow', '--worktree-path', world.repository);
  const settings = JSON.parse(fs.readFileSync(path.join(world.repository, '.claude/settings.json'), 'utf8'));
  const [{ hooks: [hook] }] = settings.hooks.SessionStart;
  const { code, out } = await run('/bin/sh', ['-c', hook.command], { cwd: world.repository, env: world.env });
  assert.equal(code, 0);
  const { hookSpecificOutput: said } = JSON.parse(out);
  assert.equal(said.hookEventName, 'SessionStart');
  assert.match(said.additionalContext, /Key escrow/);
  const nowhere = await run('/bin/sh', ['-c', hook.command], { cwd: '/', env: world.env });
  assert.equal(nowhere.code, 0, 'a hook is never in the way of a session');
  assert.equal(nowhere.out, '');
}));

test('Gemini CLI connects to the server that init gave it', kTest, (t) => inWorld(async (world) => {
  if (isAbsent(t, 'gemini')) return;
  await files(world, 'gemini');
  put(person(world), '.gemini/trustedFolders.json', JSON.stringify({ [world.repository]: 'TRUST_FOLDER' }));
  const listed = await client(world, 'gemini', 'mcp', 'list');
  assert.match(listed.out + listed.err, /✓ stream-status: .*mcp \(stdio\) - Connected/);
}));

/** What Codex says to each of these requests, in the protocol of its editors' extensions; it needs no account for them. */
async function askCodex(world, ...requests) {
  const child = spawn(clients.codex, ['app-server'], { cwd: world.repository, env: clientEnv(world), stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => { child.on('close', resolve); });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (id, method, params) => {
    child.stdin.write(`${JSON.stringify({ id, method, params })}\n`);
    for (;;) {
      const { value, done } = await lines.next();
      assert.ok(!done, `codex ended before it answered ${method}`);
      const message = JSON.parse(value);
      if (message.id === id) return message.result;
    }
  };
  try {
    await ask(0, 'initialize', { clientInfo: { name: 'probe', title: 'probe', version: '1.0.0' } });
    child.stdin.write(`${JSON.stringify({ method: 'initialized' })}\n`);
    const answers = [];
    for (const [method, params] of requests) answers.push(await ask(answers.length + 1, method, params));
    return answers;
  } finally {
    child.kill();
    await ended;
  }
}

test('Codex connects to the server that init gave it, and knows its hook', kTest, (t) => inWorld(async (world) => {
  if (isAbsent(t, 'codex')) return;
  await files(world, 'codex');
  const { out, err } = await client(world, 'codex', 'mcp', 'get', 'stream-status', '--json');
  const { enabled, transport } = JSON.parse(out || `"${err}"`);
  assert.equal(enabled, true);
  assert.deepEqual([transport.type, transport.command, transport.args], ['stdio', program(), ['mcp']]);
  const [{ data: [server] }, { data: [{ hooks: [hook], errors }] }] = await askCodex(world, ['mcpServerStatus/list', {}], ['hooks/list', {}]);
  assert.equal(server.serverInfo.name, 'stream-status', 'it has connected');
  assert.equal(Object.keys(server.tools).length, 14);
  assert.deepEqual([hook.eventName, hook.command, errors], ['sessionStart', `${program()} prime --hook`, []]);
  await world.data('uninstall');
  assert.equal((await client(world, 'codex', 'mcp', 'list')).out.includes('stream-status'), false);
}));

test('a hook leaves no trace in a project that has no streams', kTest, () => inWorld(async (world) => {
  const { code, out } = await world.command(['prime', '--hook']);
  assert.deepEqual([code, out], [0, '']);
  assert.equal(fs.existsSync(world.home), false);
}));
