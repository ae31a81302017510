// One stream through the hands of three agents: begun, lost in a crash, taken up again after a compaction, handed over,
// finished. What they read is kept as a golden file; UPDATE_GOLDEN=1 writes it anew.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { tokensOf } from './support/tokens.mjs';
import { inWorld, isRunning, kTest, until } from './support/world.mjs';

const golden = new URL('./golden/relay.md', import.meta.url);
const kResumeBudget = 400; // tokens

/** What differs from run to run, by a name of its kind. */
class Transcript {
  #text = '# A relay\n';
  #names = [];

  constructor(world) {
    this.#names.push([world.directory, '…']);
  }

  name(from, to) {
    this.#names.push([from, to]);
  }

  chapter(title) {
    this.#text += `\n## ${title}\n`;
  }

  add(who, said, heard) {
    const named = (text) => this.#names.reduce((out, [from, to]) => out.replaceAll(from, to), text);
    const answer = named(heard.trimEnd()).replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, 'TIME').replaceAll(/\(\d+ s ago\)/g, '(a moment ago)');
    this.#text += `\n**${who}** ${named(said)}\n${answer.split('\n').map((line) => `> ${line}`).join('\n')}\n`;
  }

  toString() {
    return this.#text;
  }
}

test('a relay of three agents reads well', kTest, () => inWorld(async (world) => {
  const transcript = new Transcript(world);
  const ask = async (agent, tool, args = {}) => {
    const result = await agent.result(tool, args);
    const text = result.content[0].text;
    const shown = Object.keys(args).length === 0 ? '' : ` ${JSON.stringify(args)}`;
    transcript.add(agent.name, `\`${tool}${shown}\``, text);
    return { ...result.structuredContent, text, isError: result.isError };
  };
  const commit = async (where, file, message) => {
    fs.writeFileSync(path.join(where, file), `${message}\n`);
    await world.git(where, 'add', '-A');
    await world.git(where, 'commit', '--quiet', '-m', message);
    const hash = await world.git(where, 'rev-parse', 'HEAD');
    transcript.name(hash, `HASH-OF-${file}`);
    transcript.name(hash.slice(0, 7), `HASH-OF-${file}`.slice(0, 7));
    return hash;
  };
  const tokens = await world.worktree('tokens');
  const limits = await world.worktree('limits');

  transcript.chapter('claude-code begins');
  const first = await world.agent('claude-code', tokens);
  await ask(first, 'get_stream');
  await ask(first, 'add_stream', {
    title: 'Rotate refresh tokens', streamId: 'tokens', priority: 'high', goal: 'A token is used once',
    estimatedPhases: ['design', 'code', 'tests'],
  });
  await ask(first, 'claim_stream', { streamId: 'tokens' });
  await ask(first, 'update_stream', { streamId: 'tokens', completePhase: 'design', note: 'Families of tokens, revoked together' });
  await ask(first, 'add_commit', { streamId: 'tokens', commitHash: await commit(tokens, 'tokens.txt', 'Rotate on use'), message: 'Rotate on use', filesChanged: 1 });
  fs.writeFileSync(path.join(tokens, 'session.txt'), 'half of it\n');
  await ask(first, 'update_stream', { streamId: 'tokens', question: 'How long may a session last?', choices: ['1 hour', '1 day'] });

  transcript.chapter('codex works beside it');
  const second = await world.agent('codex', limits);
  await ask(second, 'claim_stream', { streamId: 'tokens' });
  await ask(second, 'add_stream', { title: 'Limit sign-ins', streamId: 'limits', blockers: ['tokens'] });
  fs.writeFileSync(path.join(limits, 'session.txt'), 'another half\n');

  transcript.chapter('claude-code and the server crash; a person answers meanwhile');
  const { pid } = world.record();
  const agentPid = first.kill();
  world.kill();
  await until(() => !isRunning(pid) && !isRunning(agentPid), 'both end');
  const answered = await world.command(['answer', 'tokens', '1', '--agent', 'mira']);
  assert.equal(answered.code, 0, answered.err);
  transcript.add('mira', '`stream-status answer tokens 1`', answered.out);

  transcript.chapter('claude-code comes back, and has forgotten everything');
  const again = await world.agent('claude-code', tokens);
  const resumed = await ask(again, 'get_stream');
  assert.equal(resumed.news.length, 1, 'the answer outlived the agent and the server');
  assert.equal(resumed.id, 'tokens');
  delete resumed.news;
  delete resumed.isError;
  const { text, ...facts } = resumed;
  for (const face of [text, JSON.stringify(facts)]) {
    assert.ok(tokensOf(face) <= kResumeBudget, `${tokensOf(face)} tokens:\n${face}`);
  }
  const primed = await world.command(['prime', '--agent', 'claude-code@tokens'], { cwd: tokens });
  assert.equal(primed.code, 0);
  transcript.add('a hook', '`stream-status prime`', primed.out);
  await ask(again, 'update_stream', { streamId: 'tokens', completePhase: 'code' });
  await ask(again, 'claim_stream', { streamId: 'tokens', action: 'release', note: 'Tests are left; session.txt is half done' });
  await again.close();

  transcript.chapter('gemini takes over');
  const third = await world.agent('gemini', tokens);
  const taken = await ask(third, 'claim_stream');
  assert.equal(taken.title, 'Rotate refresh tokens', 'who sees only this face knows what it took');
  await ask(third, 'get_stream');
  await ask(third, 'add_commit', { streamId: 'tokens', commitHash: await commit(tokens, 'session.txt', 'A session lasts an hour'), message: 'A session lasts an hour', filesChanged: 1 });
  await ask(third, 'check_conflicts', { streamId: 'tokens' });
  const finished = await ask(third, 'update_stream', { streamId: 'tokens', completePhase: 'tests', status: 'completed' });
  assert.equal(finished.changes.status.to, 'completed');

  transcript.chapter('codex sees that it may begin');
  await ask(second, 'wait_for_change', { since: 0, streamIds: ['tokens'], kinds: ['completed', 'question_answered'] });
  await ask(second, 'get_stream');

  if (process.env.UPDATE_GOLDEN) {
    fs.mkdirSync(new URL('.', golden), { recursive: true });
    fs.writeFileSync(golden, String(transcript));
  }
  assert.equal(String(transcript), fs.readFileSync(golden, 'utf8'));
}));
