// What answers cost an agent's context, in tokens of a real tokenizer, also where the text of others is dear: ideographs,
// emoji, hashes, scripts that no vocabulary knows. What an answer leaves out must be had with the call that it names.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { write } from './support/repository.mjs';
import { costOf, facesOf, tokensOf } from './support/tokens.mjs';
import { inWorld, kTest } from './support/world.mjs';

const kAnswer = 8_000;
const kResume = 400;
const kRow = 25;
const kStreams = 200;

/** A text of so many characters, made of these parts; the same for the same numbers. */
function textOf(alphabet, characters, seed) {
  const letters = [...alphabet];
  let state = seed * 2_654_435_761 % 4_294_967_296;
  const drawn = Array.from({ length: characters }, () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return letters[Math.floor(state / 65_536) % letters.length];
  });
  return [...drawn.join('').trim()].slice(0, characters).join('').trim();
}

const between = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i)).join('');

const kScripts = [
  ['prose', 'a token is valid once and a second use revokes the whole family of sessions that began with it '.split(/(?= )/)],
  ['hashes', '0123456789abcdef'],
  ['base64', 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'],
  ['capitals', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  ['marks', '!#$%&()*+;<=>?@[]^`|~"\\'],
  ['quotes', '\\"\\"a'],
  ['ideographs', between(0x4e00, 0x9fff)],
  ['Hangul', between(0xac00, 0xd7a3)],
  ['emoji', between(0x1f300, 0x1f64f)],
  ['cuneiform', between(0x12000, 0x12399)],
  ['combined', 'aeio\u0300\u0316\u0327\u0338\u0353'],
];

const kUsual = [
  'Paginate the audit log', 'Cache the permission checks', 'Move e-mail templates to MJML', 'Retry failed webhooks',
  'Split the billing module', 'Upgrade to PostgreSQL 17', 'Export invoices as CSV', 'Rate-limit the search API',
  'Dark theme for the console', 'Trace slow requests', 'Remove the legacy importer', 'Document the plugin hooks',
  'Fuzz the date parser', 'Shard the session store', 'Sign release artefacts', 'Localise number formats',
  'Test the backup restore', 'Merge duplicate accounts', 'Show quota in the sidebar', 'Drop support for TLS 1.1',
];

test('what comes before the first call costs 2,200 tokens', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('ada');
  const { tools } = await agent.client.listTools();
  const shown = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  const cost = tokensOf(JSON.stringify(shown)) + tokensOf(agent.client.getInstructions());
  assert.ok(cost <= 2_200, `${cost} tokens`);
}));

test('a row of a list costs about 25 tokens', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('ada');
  for (const title of kUsual) await agent.call('add_stream', { title });
  const faces = facesOf(await agent.result('list_streams'));
  for (const face of faces) {
    const cost = tokensOf(face) / kUsual.length;
    assert.ok(cost <= 1.1 * kRow, `${cost} tokens a row:\n${face}`);
  }
}));

for (const [script, alphabet] of kScripts) {
  test(`where was I costs 400 tokens in ${script}`, kTest, () => inWorld(async (world) => {
    const worktree = await world.worktree('dear');
    const agent = await world.agent('ada', worktree);
    const text = (characters, seed) => textOf(alphabet, characters, seed);
    for (const [i, id] of ['first', 'second', 'third'].entries()) await agent.call('add_stream', { streamId: id, title: text(150, i) });
    await agent.call('add_stream', {
      streamId: 'dear', title: text(200, 1), goal: text(9_000, 2), estimatedPhases: [text(150, 3), text(150, 4)],
      branch: 'dear', worktreePath: worktree, blockers: ['first', 'second', 'third'],
    });
    for (let i = 0; i < 4; ++i) await agent.call('update_stream', { streamId: 'dear', note: text(9_000, 5 + i) });
    await agent.call('update_stream', { streamId: 'dear', question: text(1_500, 9), choices: [text(100, 10), text(100, 11)] });
    for (let i = 0; i < 8; ++i) write(worktree, `${text(40, 12 + i).replaceAll(/[/\s\\]/g, '-').slice(0, 50)}.txt`, 'x\n');

    const result = await agent.result('get_stream');
    assert.equal(result.structuredContent.id, 'dear');
    assert.ok(costOf(result) <= kResume, `${costOf(result)} tokens:\n${facesOf(result).join('\n')}`);
    const more = result.structuredContent.more;
    assert.equal(more, 'get_stream {"streamId":"dear"}', 'what was left out is named with the call that gets it');
    for (const face of facesOf(result)) assert.match(face, /next/);
  }));

  test(`no answer costs more than 8,000 tokens in ${script}`, kTest, () => inWorld(async (world) => {
    const agent = await world.agent('ada');
    const other = await world.agent('bob');
    const text = (characters, seed) => textOf(alphabet, characters, seed);
    const ask = async (tool, args = {}, by = agent) => {
      const result = await by.result(tool, args);
      const cost = costOf(result);
      assert.ok(cost <= kAnswer, `${tool}: ${cost} tokens, ${facesOf(result).map((face) => Buffer.byteLength(face))} bytes`);
      return result;
    };
    for (let i = 0; i < kStreams; ++i) await agent.call('add_stream', { streamId: `s${i}`, title: text(200, i) });
    const phases = Array.from({ length: 50 }, (_, i) => text(190, i));
    await ask('update_stream', { streamId: 's0', goal: text(9_900, 1), phases, title: text(200, 2), branch: 'x', category: 'backend' });
    for (let i = 0; i < 30; ++i) await ask('update_stream', { streamId: 's0', note: text(9_900, i) });
    await ask('update_stream', { streamId: 's0', question: text(1_900, 1), choices: phases.slice(0, 10) });
    await ask('claim_stream', { streamId: 's0' });
    await ask('add_commit', { streamId: 's0', commitHash: 'a'.repeat(40), message: text(9_900, 3), author: text(100, 4) });
    await ask('get_stream', { streamId: 's0' });
    await ask('get_stream', { streamId: 's0', detail: 'full' });
    await ask('check_conflicts');
    await ask('get_stream_stats', { [text(90, 5)]: 1, [text(90, 6)]: 2 });

    // So do resources and prompts.
    const fits = (name, said) => assert.ok(tokensOf(said) <= kAnswer, `${name}: ${tokensOf(said)} tokens`);
    for (const uri of ['streams://board', 'streams://stats', 'streams://stream/s0']) {
      fits(uri, (await agent.client.readResource({ uri })).contents[0].text);
    }
    const { contents: [board] } = await agent.client.readResource({ uri: 'streams://board' });
    assert.match(board.text, /200 open: .*[\s\S]*and \d+ more: list_streams/);
    for (const name of ['standup', 'handoff', 'resume']) {
      fits(name, (await agent.client.getPrompt({ name, arguments: { streamId: 's0' } })).messages[0].content.text);
    }

    // Refusals repeat what was sent.
    await ask('get_stream', { streamId: text(190, 7) });
    await ask('update_stream', { streamId: 's0', status: text(9_000, 8) });
    await ask('update_stream', { streamId: 's0', progress: 5, expectedRevision: 1 });
    await ask('claim_stream', { streamId: 's0' }, other);

    // Everything can be had, page by page, as each page says.
    for (const detail of ['concise', 'full']) {
      const seen = [];
      for (let args = { limit: kStreams, detail }; args;) {
        const { structuredContent: page } = await ask('list_streams', args);
        seen.push(...page.streams.map((row) => row.id));
        assert.equal(page.total, kStreams);
        args = page.more ? JSON.parse(page.more.slice('list_streams '.length)) : undefined;
        assert.ok(seen.length <= kStreams);
      }
      assert.equal(new Set(seen).size, kStreams, `${detail}: ${seen.length} rows`);
    }
    const head = await world.revision();
    let told = 0;
    for (let since = 0; since < head;) {
      const { structuredContent: page } = await ask('wait_for_change', { since, timeoutSeconds: 1 }, other);
      assert.ok(page.revision > since, 'each answer moves on');
      told += page.changes.length;
      since = page.revision;
    }
    const { events } = await world.get('/api/streams/s0/history?limit=200');
    assert.ok(told >= kStreams + events.length - 1, `${told} changes told`);

    // A message comes with the next answer, which has less room then.
    assert.equal((await world.command(['tell', 'ada', text(1_900, 9)])).code, 0);
    const withNews = await ask('list_streams', { limit: kStreams });
    assert.equal(withNews.structuredContent.news.length, 1);
  }));
}
