// The blocker graph: what is drawn of it, the longest chain of work, what hangs together, and where it stands.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainWords, graphOf, neighbours, related, remaining, type Link } from '../../web/src/derive/graph.ts';
import { layOut, stepFrom } from '../../web/src/derive/graph_layout.ts';
import type { Stream } from '../../web/src/model.ts';
import { stream } from './samples.mts';

const now = Date.parse('2026-11-22T14:00:00.000Z');

/** Numbered in the order given. */
function board(...parts: (Partial<Stream> & { id: string })[]): Map<string, Stream> {
  return new Map(parts.map((part, index) => [part.id, stream({ streamNumber: String(101 + index).padStart(4, '0'), ...part })]));
}

const ids = (streams: readonly Stream[]) => streams.map(({ id }) => id);
const arrows = (links: readonly Link[]) => links.map(({ from, to, isOpen }) => `${from}${isOpen ? '→' : '⇢'}${to}`);

test('the work that remains is counted in phases, a begun one in part', () => {
  const phases = ['schema', 'code', 'tests', 'docs'];
  const rows: [Partial<Stream>, number][] = [
    [{ progress: 0 }, 1],
    [{ progress: 25 }, 0.75],
    [{ progress: 100 }, 0],
    [{ phases }, 4],
    [{ phases, currentPhase: 2, progress: 50 }, 2],
    [{ phases, currentPhase: 2, progress: 60 }, 1.6],
    [{ phases, completedPhases: [0, 1, 2], progress: 10 }, 1],
    [{ phases, progress: 100 }, 0],
    [{ phases, status: 'completed' }, 0],
    [{ phases, status: 'archived' }, 0],
  ];
  for (const [part, expected] of rows) {
    assert.ok(Math.abs(remaining(stream(part)) - expected) < 1e-9, `${JSON.stringify(part)}: ${remaining(stream(part))}`);
  }
});

test('links go from the blocker to the one that waits; what is over stays only for what is open', () => {
  const streams = board(
    { id: 'a', status: 'completed' },
    { id: 'b', blockers: ['a'] },
    { id: 'c', blockers: ['b', 'b', 'c', 'unknown'] },
    { id: 'old', status: 'archived' },
    { id: 'older', status: 'completed', blockers: ['old'] },
    { id: 'alone' },
  );
  const graph = graphOf(streams, false);
  assert.deepEqual(arrows(graph.links), ['a⇢b', 'b→c']);
  assert.deepEqual(ids(graph.nodes), ['a', 'b', 'c']);
  assert.deepEqual(ids(graph.loose), ['alone']);
  assert.equal(graph.hiddenDone, 2);
  assert.equal(graph.waiting, 1);
  const whole = graphOf(streams, true);
  assert.deepEqual(arrows(whole.links), ['a⇢b', 'b→c', 'old⇢older']);
  assert.equal(whole.hiddenDone, 0);
  assert.deepEqual(graphOf(new Map(), false).nodes, []);
});

test('the chain is the one with most work left, not the one with most streams', () => {
  const streams = board(
    { id: 'a', phases: ['1', '2', '3', '4', '5'] },
    { id: 'b', blockers: ['a'], phases: ['1', '2', '3'] },
    { id: 'x' },
    { id: 'y', blockers: ['x'] },
    { id: 'z', blockers: ['y'] },
    { id: 'huge', phases: Array.from({ length: 40 }, (_, index) => `${index}`) },
    { id: 'over', status: 'completed' },
    { id: 'later', blockers: ['over'], phases: Array.from({ length: 20 }, (_, index) => `${index}`) },
  );
  const graph = graphOf(streams, false);
  assert.deepEqual(graph.chain, ['a', 'b'], 'one that does not wait is no chain, and what is over holds nothing up');
  assert.equal(graph.chainWork, 8);
  assert.deepEqual(graphOf(board({ id: 'a' }, { id: 'b' }), false).chain, []);
});

test('the sentence names the chain, what is left, and what holds its first stream up', () => {
  const head = { id: 'a', streamNumber: '0104', phases: ['1', '2'] };
  const question = { text: 'HS256?', choices: [], asker: null, askedAt: '2026-11-22T13:00:00.000Z' };
  const claim = { agent: 'claude@a' };
  const rows: [Partial<Stream>, string][] = [
    [{ question, claim }, '0104 asks you'],
    [{ claim: { ...claim, expiresAt: '2026-11-22T13:00:00.000Z' } }, '0104 is abandoned'],
    [{ status: 'paused', claim }, '0104 is paused'],
    [{ status: 'blocked', claim }, '0104 is blocked'],
    [{ status: 'initializing' }, '0104 is unclaimed'],
    [{ status: 'active', claim }, '0104 moves'],
  ];
  for (const [part, last] of rows) {
    const streams = board({ ...head, ...part }, { id: 'b', blockers: ['a'] }, { id: 'c', blockers: ['b'] });
    const { ids: named, text } = chainWords(graphOf(streams, false), streams, now);
    assert.deepEqual(named, ['a', 'b', 'c']);
    assert.equal(text, `3 streams in a row, about 4 phases left; ${last}`);
  }
  const long = board(...Array.from({ length: 12 }, (_, at) => ({ id: `s${at}`, blockers: at > 0 ? [`s${at - 1}`] : [] })));
  assert.deepEqual(chainWords(graphOf(long, false), long, now).ids, ['s0', 's1', 's2', 's3', null, 's11']);
  const little = board({ id: 'a', progress: 90 }, { id: 'b', blockers: ['a'], progress: 80 });
  assert.match(chainWords(graphOf(little, false), little, now).text, /less than a phase left/);
});

test('of too many streams the longest open chains are drawn', () => {
  const chain = Array.from({ length: 5 }, (_, at) => ({ id: `c${at}`, blockers: at > 0 ? [`c${at - 1}`] : [] }));
  const pairs = Array.from({ length: 40 }, (_, at) => ({ id: `p${at}`, blockers: at % 2 ? [`p${at - 1}`] : [] }));
  const graph = graphOf(board(...pairs, ...chain), false, 9);
  assert.equal(graph.nodes.length, 9);
  assert.equal(graph.cut, 36);
  assert.equal(graph.waiting, 24);
  assert.ok(chain.every(({ id }) => ids(graph.nodes).includes(id)));
  assert.ok(graph.links.every(({ from, to }) => ids(graph.nodes).includes(from) && ids(graph.nodes).includes(to)));
});

test('ten thousand streams in one row are one chain', () => {
  const row = board(...Array.from({ length: 10_000 }, (_, at) => ({ id: `s${at}`, blockers: at > 0 ? [`s${at - 1}`] : [] })));
  const graph = graphOf(row, false);
  assert.equal(graph.chain.length, 10_000);
  assert.equal(graph.nodes.length, 240);
});

test('streams that wait in a circle are drawn all the same', () => {
  const circle = board({ id: 'a', blockers: ['c'] }, { id: 'b', blockers: ['a'] }, { id: 'c', blockers: ['b'] });
  const graph = graphOf(circle, false);
  assert.deepEqual(ids(graph.nodes).sort(), ['a', 'b', 'c']);
  assert.ok(graph.chain.length <= 3);
  assert.equal(layOut(graph).boxes.size, 3);
  assert.deepEqual([...related('a', neighbours(graph.links))].sort(), ['a', 'b', 'c']);
});

test('related is what leads here and what follows, not what is beside', () => {
  const streams = board(
    { id: 'a' },
    { id: 'b', blockers: ['a'] },
    { id: 'beside', blockers: ['a'] },
    { id: 'c', blockers: ['b'] },
    { id: 'other', blockers: ['beside'] },
  );
  const near = neighbours(graphOf(streams, false).links);
  assert.deepEqual([...related('b', near)].sort(), ['a', 'b', 'c']);
  assert.deepEqual([...related('a', near)].sort(), ['a', 'b', 'beside', 'c', 'other']);
});

const diamond = board(
  { id: 'a' },
  { id: 'b', blockers: ['a'] },
  { id: 'c', blockers: ['a'] },
  { id: 'd', blockers: ['b', 'c', 'a'] },
  { id: 'e', status: 'completed' },
  { id: 'f', blockers: ['e'] },
);

test('a blocker stands left of what waits for it, and no two streams overlap', () => {
  const graph = graphOf(diamond, false);
  const layout = layOut(graph);
  for (const { from, to } of graph.links) {
    const [one, other] = [layout.boxes.get(from)!, layout.boxes.get(to)!];
    assert.ok(one.left + one.width < other.left, `${from} is left of ${to}`);
  }
  const boxes = [...layout.boxes.values()];
  boxes.forEach((one, index) => {
    for (const other of boxes.slice(index + 1)) {
      const apart = one.left + one.width <= other.left || other.left + other.width <= one.left;
      assert.ok(apart || one.top + one.height <= other.top || other.top + other.height <= one.top);
    }
    assert.ok(one.left >= 0 && one.top >= 0 && one.left + one.width <= layout.width && one.top + one.height <= layout.height);
  });
  assert.equal(layout.paths.length, graph.links.length);
  assert.equal(layout.order[0], 'a', 'the longest chain is on top');
});

test('arrow keys walk along the links and within a layer', () => {
  const graph = graphOf(diamond, false);
  const layout = layOut(graph);
  const step = (id: string, key: string) => stepFrom(id, key, graph, layout);
  const [upper, lower] = layout.boxes.get('b')!.top < layout.boxes.get('c')!.top ? ['b', 'c'] : ['c', 'b'];
  assert.equal(step('b', 'ArrowRight'), 'd');
  assert.equal(step('b', 'ArrowLeft'), 'a');
  assert.equal(step(upper!, 'ArrowDown'), lower);
  assert.equal(step(lower!, 'ArrowUp'), upper);
  assert.equal(step('a', 'ArrowLeft'), null);
  assert.equal(step('d', 'ArrowRight'), null);
  assert.equal(step('a', 'Enter'), null);
  assert.equal(step('nobody', 'ArrowRight'), null);
});
