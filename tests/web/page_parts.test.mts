// Addresses, the palette's search, needs, notifications and the time axis: what the page decides without a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe, headline } from '../../web/src/derive/headline.ts';
import { HistoryReader } from '../../web/src/derive/history.ts';
import { collisions, conflictFiles, isLapsed, landsFirst, needs } from '../../web/src/derive/needs.ts';
import { newsBetween } from '../../web/src/derive/news.ts';
import { blockedShares, doneShares, histogram, ticks, windowOf } from '../../web/src/derive/scrub.ts';
import type { Change, Conflicts, Pair, PresentAgent, Stream } from '../../web/src/model.ts';
import { find } from '../../web/src/palette.ts';
import { href, parseRoute } from '../../web/src/route.ts';
import { change, commit, stream } from './samples.mts';

const now = Date.parse('2026-11-22T14:00:00.000Z');
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

function pair(a: string, b: string, part: Partial<Pair> = {}): Pair {
  const conflicts = [{ file: 'src/auth.ts', kind: 'contents', message: 'CONFLICT' }];
  return { a, b, state: 'conflict', files: ['src/auth.ts'], uncommittedFiles: [], conflicts, detail: null, ...part };
}

function forecast(part: Partial<Conflicts>): Conflicts {
  return { timestamp: ago(0), mainBranch: 'main', streams: [], pairs: [], landingOrder: [], leftOut: [], warnings: [], ...part };
}

function board(...streams: Stream[]): Map<string, Stream> {
  return new Map(streams.map((each) => [each.id, each]));
}

test('an address names a view and comes back from it', () => {
  const rows = [
    ['/', '', 'board', ''],
    ['/table', '?sort=done', 'table', ''],
    ['/stream/auth', '', 'stream', 'auth'],
    ['/stream/old%20one%2Fv1%2E2', '', 'stream', 'old one/v1.2'],
    ['/stream/%E0%A4%A', '', 'stream', '%E0%A4%A'],
    ['/nothing/here', '', 'board', ''],
  ] as const;
  for (const [path, query, view, id] of rows) {
    const parsed = parseRoute(path, query);
    assert.deepEqual([parsed.view, parsed.id], [view, id], path);
  }
  assert.equal(parseRoute('/table', '?sort=done&at=12').query.get('at'), '12');
  assert.equal(href('board'), '/');
  assert.equal(href('stream', 'old one/v1.2'), '/stream/old%20one%2Fv1%2E2', 'no dot: the server would look for a file');
  assert.equal(href('conflicts', '', { a: 'x', b: 'y', c: undefined, d: '' }), '/conflicts?a=x&b=y');
});

test('the palette finds every word, beginnings first, and otherwise keeps the order', () => {
  const entries = ['0104 rotate refresh tokens', '0105 fresh index', 'g t table', 'codex@refresh'].map((words) => ({
    key: words,
    words,
  }));
  const found = (search: string, most = 9) => find(entries, search, most).map(({ key }) => key);
  assert.deepEqual(found(''), entries.map(({ key }) => key));
  assert.deepEqual(found('', 2).length, 2);
  assert.deepEqual(found('fresh'), ['0105 fresh index', '0104 rotate refresh tokens', 'codex@refresh']);
  assert.deepEqual(found('REFRESH tok'), ['0104 rotate refresh tokens']);
  assert.deepEqual(found('refresh zz'), []);
});

test('what needs a person comes by the cost of waiting: who is held up, who is gone, what will collide', () => {
  const question = { text: 'HS256?', choices: [], asker: 'codex@auth', askedAt: ago(10) };
  const streams = board(
    stream({ id: 'asks', question }),
    stream({ id: 'asks-and-holds-up', question: { ...question, askedAt: ago(2) } }),
    stream({ id: 'waits', status: 'blocked', blockers: ['asks-and-holds-up'] }),
    stream({ id: 'left', status: 'active', claim: { agent: 'cursor@left', expiresAt: ago(47) } }),
    stream({ id: 'held', status: 'active', claim: { agent: 'codex@held', expiresAt: ago(-5) } }),
    stream({ id: 'unknown', status: 'active', claim: { agent: 'codex@unknown' } }),
    stream({ id: 'over', status: 'completed', claim: { agent: 'x', expiresAt: ago(99) } }),
  );
  const conflicts = forecast({
    pairs: [pair('asks', 'left'), pair('held', 'over'), pair('waits', 'held', { state: 'possible' })],
    streams: [
      {
        streamId: 'left',
        title: '',
        branch: null,
        committed: [],
        uncommitted: ['a', 'b', 'c'],
        againstMain: { state: 'clean', conflicts: [] },
        problem: null,
      },
    ],
  });
  const gone: PresentAgent = {
    name: 'cursor@left',
    state: 'gone',
    process: null,
    client: null,
    worktree: null,
    streamId: 'left',
    firstCall: ago(99),
    lastCall: ago(62),
  };
  const found = needs(streams, [gone], conflicts, now);
  assert.deepEqual(
    found.map((need) => [need.kind, need.stream.id]),
    [
      ['question', 'asks-and-holds-up'],
      ['question', 'asks'],
      ['abandoned', 'left'],
      ['collision', 'asks'],
    ],
  );
  const [first, , abandoned] = found;
  assert.ok(first?.kind === 'question' && abandoned?.kind === 'abandoned');
  assert.deepEqual(first.holdsUp.map(({ id }) => id), ['waits']);
  assert.equal(abandoned.uncommitted, 3);
  assert.equal(abandoned.agent, gone);
  assert.deepEqual(needs(new Map(), [], null, now), []);
});

test('a claim has lapsed when its lease is over, and never while its end is not known', () => {
  assert.equal(isLapsed(stream({ claim: { agent: 'x', expiresAt: ago(1) } }), now), true);
  assert.equal(isLapsed(stream({ claim: { agent: 'x', expiresAt: ago(-1) } }), now), false);
  assert.equal(isLapsed(stream({ claim: { agent: 'x' } }), now), false);
  assert.equal(isLapsed(stream(), now), false);
});

test('predicted conflicts are known from both sides, and one order says who lands first', () => {
  const conflicts = forecast({ pairs: [pair('a', 'b'), pair('b', 'c', { state: 'clean' })], landingOrder: ['b', 'a'] });
  assert.deepEqual([...collisions(conflicts)].map(([id, list]) => [id, list.map(({ other }) => other)]), [
    ['a', ['b']],
    ['b', ['a']],
  ]);
  assert.equal(landsFirst(conflicts, 'a', 'b'), 'b');
  assert.equal(landsFirst(conflicts, 'a', 'nobody'), 'a');
  assert.equal(landsFirst(conflicts, 'nobody', 'a'), 'a');
  const twice = [...pair('a', 'b').conflicts, ...pair('a', 'b').conflicts];
  assert.equal(conflictFiles(pair('a', 'b', { conflicts: twice })), 1, 'one file may conflict in two ways');
  assert.equal(collisions(null).size, 0);
});

test('news are what came to need a person, got stuck or was done; nothing twice', () => {
  const question = { text: 'HS256?', choices: [], asker: null, askedAt: ago(0) };
  const before = board(stream({ id: 'a', status: 'active' }), stream({ id: 'b' }), stream({ id: 'c' }));
  const after = board(
    stream({ id: 'a', status: 'active', question }),
    stream({ id: 'b', status: 'blocked' }),
    stream({ id: 'c', status: 'completed' }),
    stream({ id: 'new', status: 'blocked' }),
  );
  const moment = (streams: Map<string, Stream>) => ({ streams, needs: needs(streams, [], null, now) });
  const news = newsBetween(moment(before), moment(after));
  assert.deepEqual(news.map(({ title, streamId }) => [title, streamId]), [
    ['0101 asks you', 'a'],
    ['0101 is blocked', 'b'],
    ['0101 is done', 'c'],
  ]);
  assert.deepEqual(newsBetween(moment(after), moment(after)), []);
});

test('every type of event is said in a few words', () => {
  const streams = board(stream({ phases: ['schema', 'issue'] }), stream({ id: 'sync', streamNumber: '0102' }));
  const rows: readonly (readonly [Partial<Change> & Pick<Change, 'type'>, string])[] = [
    [{ type: 'created', newValue: stream() }, '0101 opened: Rotate refresh tokens'],
    [{ type: 'status_changed', oldValue: 'blocked', newValue: 'active' }, '0101 goes on'],
    [{ type: 'status_changed', oldValue: 'active', newValue: 'blocked' }, '0101 blocked'],
    [{ type: 'progress_updated', oldValue: 40, newValue: 58 }, '0101 progress: 40 → 58 %'],
    [{ type: 'phase_changed', newValue: 1 }, '0101 phase: issue'],
    [{ type: 'phase_completed', oldValue: [0], newValue: [0, 1] }, '0101 phase done: issue'],
    [{ type: 'phase_reopened', oldValue: [0, 7], newValue: [0] }, '0101 phase reopened: phase 8'],
    [{ type: 'note', newValue: '<b>bold</b>' }, '0101 note: <b>bold</b>'],
    [{ type: 'blockers_changed', newValue: ['sync', 'gone'] }, '0101 waits for: 0102, gone'],
    [{ type: 'blockers_changed', newValue: [] }, '0101 waits for nothing'],
    [{ type: 'commit_added', newValue: commit() }, '0101 commit: Revoke the family on reuse'],
    [{ type: 'commit_removed', oldValue: commit() }, '0101 commit gone: Revoke the family on reuse'],
    [{ type: 'details_changed', newValue: { title: 'x', goal: 'y' } }, '0101 changed: title, goal'],
    [{ type: 'claimed', newValue: { agent: 'codex@auth' } }, '0101 claimed: by codex@auth'],
    [{ type: 'released', oldValue: { agent: 'codex@auth' } }, '0101 released: by codex@auth'],
    [{ type: 'question_asked', newValue: { text: 'HS256?' } }, '0101 asks: HS256?'],
    [{ type: 'question_withdrawn' }, '0101 asks no more'],
    [{ type: 'question_answered', newValue: 'HS256' }, '0101 answered: HS256'],
    [{ type: 'completed', newValue: 'completed' }, '0101 completed'],
    [{ type: 'archived', newValue: 'archived' }, '0101 archived'],
    [{ type: 'unretired', newValue: 'paused' }, '0101 brought back: paused'],
    [{ type: 'baseline' }, '0101 earlier events folded'],
    [{ type: 'type_of_the_future' }, '0101 type of the future'],
  ];
  for (const [part, expected] of rows) assert.equal(headline(change({ revision: 1, ...part }), streams), expected);
  assert.equal(describe(change({ revision: 1, type: 'completed' }), streams).text, '');
});

test('the time axis begins with the project, but not more than two weeks ago', () => {
  const day = 86_400_000;
  assert.deepEqual(windowOf([now - 3 * day], now), { from: now - 3 * day, to: now });
  assert.deepEqual(windowOf([now - 90 * day], now), { from: now - 14 * day, to: now });
  assert.deepEqual(windowOf([], now), { from: now - 600_000, to: now }, 'an empty project has an axis, too');
  assert.deepEqual(histogram([now - 100, now - 50, now - 49, now], { from: now - 100, to: now }, 2), [1, 3]);
  for (const span of [600_000, 3_600_000, 9 * 3_600_000, day, 5 * day, 14 * day]) {
    const found = ticks({ from: now - span, to: now }, 8);
    assert.ok(found.length >= 1 && found.length <= 10, `${span}: ${found.length}`);
    assert.ok(found.every(({ share }) => share >= 0 && share <= 1));
  }
});

test('times of being blocked are joined across streams; what was done is a moment', () => {
  const events = [
    change({ revision: 1, type: 'created', newValue: stream({ status: 'blocked' }), timestamp: ago(100) }),
    change({ revision: 2, type: 'created', streamId: 'b', newValue: stream({ id: 'b' }), timestamp: ago(90) }),
    change({ revision: 3, type: 'status_changed', streamId: 'b', newValue: 'blocked', timestamp: ago(80) }),
    change({ revision: 4, type: 'completed', timestamp: ago(70) }),
    change({ revision: 5, type: 'status_changed', streamId: 'b', newValue: 'active', timestamp: ago(60) }),
    change({ revision: 6, type: 'status_changed', streamId: 'b', newValue: 'blocked', timestamp: ago(20) }),
  ];
  const history = new HistoryReader().read({ events, base: new Map(), complete: true });
  const window = { from: now - 100 * 60_000, to: now };
  const round = (share: number) => Math.round(share * 100) / 100;
  assert.deepEqual(
    blockedShares(history, window).map(({ from, to }) => [round(from), round(to)]),
    [
      [0, 0.4],
      [0.8, 1],
    ],
  );
  assert.deepEqual(doneShares(history, window).map(round), [0.3]);
});
