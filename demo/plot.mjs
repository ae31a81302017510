// What is told: fieldnote, a note-taking app, its streams and who works on them. Data only.
// Places in time are shares of the work done in the five days before the demo starts, from 0 to 100 (story.mjs).

export const days = 5;
export const person = 'mira';

/** The history of main before any stream: [hours before the first of the five days, files, message]. */
export const beginnings = [
  [70, ['README.md', 'package.json'], 'Say what fieldnote is'],
  [68, ['src/note.ts'], 'Add the note model'],
  [61, ['src/store/local.ts'], 'Keep notes in IndexedDB'],
  [58, ['src/editor/editor.ts'], 'Add the editor'],
  [50, ['src/sync/client.ts', 'src/net/client.ts'], 'Sync over one WebSocket'],
  [46, ['src/auth/session.ts', 'src/auth/policy.ts'], 'Sign in with a refresh token'],
  [40, ['src/pages/format.ts'], 'Store notes in pages'],
  [30, ['tests/note.test.ts', '.ci/build.yml'], 'Test the note model'],
];

const work = (from, to, agent, more = {}) => ({ kind: 'work', from, to, agent, ...more });
const blocked = (from, to, agent, why, more = {}) => ({ kind: 'blocked', from, to, agent, why, ...more });
const paused = (from, to, agent, note) => ({ kind: 'paused', from, to, agent, note });

// Two streams that change the same function of one file conflict; in different functions they merge.
//   parts, ends, archived, summary: see story.mjs
//   made, progress: commits that exist when the demo starts, and the percentage they are
//   live, slowness: the client that goes on from there, and how long it thinks between two acts, beside others
//   commits: [file, message]; more are made of `things`   touches: [file, function], each changed by one of the commits
export const streams = [
  {
    id: 'rga-merge', number: '0101', title: 'Replace OT text merge with RGA', category: 'backend', priority: 'high', created: 0.4,
    goal: 'Two people type into one paragraph and neither loses a character, without a server that orders their edits.',
    phases: ['Model', 'Merge', 'Migrate', 'Fuzz', 'Roll out'], parts: [work(1, 40, 'claude-code')], ends: 'completed', made: 44,
    things: ['RGA nodes', 'site ids', 'OT logs', 'concurrent inserts', 'tombstones', 'merge traces'],
    commits: [['src/merge/rga.ts', 'Add the RGA sequence'], ['src/merge/rga.ts', 'Merge concurrent inserts by site id'],
      ['src/merge/migrate.ts', 'Migrate stored OT logs'], ['tests/rga.test.ts', 'Fuzz two sites against each other'], ['src/merge/migrate.ts', 'Keep the OT log for a week']],
    touches: [['src/editor/editor.ts', 6]],
    notes: ['Finding: 94 % of our merges touch one paragraph; the sequence stays small.', 'Decision: site ids are 32 bits, given by the server at sign-in.',
      'Finding: migrating 1,200 notes takes 1.4 s on a five year old phone.'],
  },
  {
    id: 'sync-v3', number: '0102', title: 'Sync protocol v3 handshake', category: 'backend', priority: 'high', created: 0.8,
    goal: 'A client says what it can do before it syncs, and an old server still answers it.',
    phases: ['Spec', 'Server', 'Client', 'Fallback'], ends: 'completed', made: 42,
    parts: [work(2, 22, 'codex'), blocked(22, 40, 'codex', 'Capabilities name the merge: needs the RGA model of 0101.', { blockers: ['rga-merge'] }), work(40, 54, 'codex')],
    things: ['hello frames', 'capabilities', 'v2 fallbacks', 'sync cursors', 'retry delays', 'handshake errors'],
    commits: [['docs/sync-v3.md', 'Write down the v3 handshake'], ['src/sync/hello.ts', 'Send capabilities in hello'],
      ['src/sync/hello.ts', 'Fall back to v2 when refused'], ['tests/sync.test.ts', 'An old server and a new client']],
    touches: [['src/sync/client.ts', 5]],
    notes: ['Decision: unknown capabilities are ignored, never refused.', 'Finding: 3 % of clients are two versions behind.'],
  },
  {
    id: 'drop-idb-v1', number: '0103', title: 'Drop the IndexedDB v1 reader', category: 'refactoring', priority: 'low', created: 1,
    goal: 'One reader for stored notes instead of two.',
    phases: ['Measure', 'Remove'], ends: 'archived', archived: 45, made: 9, summary: 'No client has written v1 since spring; 640 lines less.',
    parts: [work(2, 13, 'cursor'), paused(13, 17, 'cursor', 'Counting v1 reads until noon; nothing to do before.'), work(17, 23, 'gemini-cli')],
    things: ['v1 readers', 'upgrade paths'],
    commits: [['src/store/v1.ts', 'Count v1 reads before removing them'], ['src/store/v1.ts', 'Remove the v1 reader']], touches: [],
    notes: ['Finding: not one v1 read in 31,000 starts.'],
  },
  {
    id: 'auth-rotation', number: '0104', title: 'Rotate refresh tokens on every use', category: 'backend', priority: 'critical', created: 38.5,
    goal: 'Every refresh hands out a new token and burns the old one, so a stolen token shows itself the first time either side uses it.',
    phases: ['Token family schema', 'New token on each refresh', 'Detect reuse, revoke the family', 'Grace window for slow clients', 'Revoke on sign-out'],
    made: 37, progress: 64, live: 'claude-code',
    parts: [work(40, 59, 'claude-code'),
      blocked(59, 62, 'claude-code', 'Families can be keyed by user or by device; that is a product question.',
        { question: { text: 'Is a token family one per user or one per device?', choices: ['Per user', 'Per device'], answer: 'Per device' } }),
      work(62, 94, 'claude-code'),
      blocked(94, 100, 'claude-code', 'Yes: slow phones that send a refresh twice stay signed in (2.1 % of mobile refreshes), and a stolen token lives 30 s longer. No: those phones sign in again.',
        { question: { text: 'May an old refresh token be used again within 30 s of its rotation?', choices: ['Yes, allow 30 s', 'No, stay strict'] } })],
    things: ['token families', 'rotated tokens', 'reuse checks', 'refresh races', 'session rows', 'sign-outs'],
    commits: [['src/auth/family.ts', 'Give each sign-in a token family'], ['src/auth/family.ts', 'Store the family, not the token'], ['src/auth/rotate.ts', 'Issue a new token on each refresh'],
      ['src/auth/rotate.ts', 'Record the first use of each token'], ['src/auth/reuse.ts', 'Detect reuse by generation number'], ['src/auth/reuse.ts', 'Revoke the family on reuse'],
      ['tests/rotate.test.ts', 'Test two clients racing on one token'], ['src/auth/rotate.ts', 'Return the same successor for a repeated refresh']],
    touches: [['src/auth/session.ts', 2], ['src/auth/policy.ts', 3], ['src/auth/session.ts', 5]],
    notes: ['Families are keyed by device, so signing out on one device leaves the others.', 'Decision: reuse outside the window revokes the whole family, not just the token.',
      'Finding: last week 2.1 % of refreshes on mobile arrived twice, 99 % of those within 11 s.'],
    outcomes: {
      'Yes, allow 30 s': ['src/auth/rotate.ts', 'Accept the old token for 30 s after its rotation'],
      'No, stay strict': ['src/auth/rotate.ts', 'Refuse a rotated token at once'],
    },
  },
  {
    id: 'upload-resume', number: '0105', title: 'Resume interrupted uploads', category: 'frontend', priority: 'high', created: 57,
    goal: 'An upload that was cut goes on where it stopped, after a reload too.',
    phases: ['Chunks', 'Resume', 'Progress', 'Retry'], made: 41, progress: 58, live: 'cursor',
    parts: [work(58, 77, 'claude-code', { handover: 'Chunks and offsets work; Safari drops the body on sleep, see the test that is skipped.' }), work(77.5, 100, 'cursor')],
    things: ['chunk ledgers', 'upload offsets', 'cut links', 'progress bars', 'retry queues', 'chunk hashes'],
    commits: [['src/upload/chunks.ts', 'Upload in chunks of 1 MiB'], ['src/upload/resume.ts', 'Ask the server where it stopped'], ['src/upload/resume.ts', 'Resume after a reload'],
      ['src/upload/progress.ts', 'Show one bar per file'], ['src/upload/retry.ts', 'Back off when offline'], ['src/upload/retry.ts', 'Retry from the last acknowledged chunk']],
    touches: [['src/net/client.ts', 1], ['src/note.ts', 7], ['src/net/client.ts', 6]],
    notes: ['Finding: Safari drops the body on sleep; the offset must come from the server.', 'Decision: the ledger is kept per file, not per tab.',
      'Retry uses the chunk ledger; measured three resumes on a cut link.'],
  },
  {
    id: 'search-index', number: '0106', title: 'Full-text search index', category: 'backend', priority: 'medium', created: 53,
    goal: 'Search 50,000 notes in under 10 ms, offline, in every script we are written in.',
    phases: ['Tokens', 'Postings', 'Ranking', 'Query', 'Results'], made: 33, progress: 44,
    parts: [work(54, 69, 'cursor'), paused(69, 74, 'cursor', 'The page format is about to change; waiting for 0108 to settle it.'), work(74, 97.4, 'cursor')],
    things: ['postings', 'token folds', 'stop words', 'rank scores', 'quoted phrases', 'index pages'],
    commits: [['src/search/tokens.ts', 'Tokenise by script'], ['src/search/tokens.ts', 'Fold diacritics'], ['src/search/postings.ts', 'Delta-code postings'],
      ['src/search/postings.ts', 'Write postings as pages'], ['src/search/rank.ts', 'Rank by BM25'], ['tests/search.test.ts', 'Search 50,000 notes']],
    touches: [['src/pages/format.ts', 4], ['src/note.ts', 4]],
    notes: ['Finding: BM25 with k1 = 1.2 beats tf-idf on our own notes.', 'Incremental update passes, but three files are not committed yet.'],
    uncommitted: ['src/search/postings.ts', 'src/search/incremental.ts', 'tests/incremental.test.ts'],
  },
  {
    id: 'shared-folders', number: '0107', title: 'Shared folders: permission model', category: 'backend', priority: 'critical', created: 42,
    goal: 'Four roles, inherited from the nearest folder, checked in one place and written down in one table.',
    phases: ['Roles', 'Inherit', 'Invite', 'Revoke', 'Audit'], made: 46, progress: 88, live: 'claude-code', slowness: 4,
    parts: [work(43, 69, 'claude-code'), blocked(69, 75, 'claude-code', 'The CI runner is down; nothing can be shown to work.'), work(75, 100, 'claude-code')],
    things: ['roles', 'inherited grants', 'invitations', 'revoked sessions', 'audit rows', 'folder moves'],
    commits: [['src/folders/roles.ts', 'Name four roles'], ['src/folders/roles.ts', 'Check roles in one place'], ['src/folders/inherit.ts', 'Inherit from the nearest folder'],
      ['src/folders/invite.ts', 'Invite by link'], ['src/folders/invite.ts', 'Expire unused invites'], ['src/folders/revoke.ts', 'Revoke ends live sessions'],
      ['tests/folders.test.ts', 'A reader can not move a folder'], ['src/folders/audit.ts', 'Write the audit row in the transaction of the change']],
    touches: [['src/auth/session.ts', 2], ['src/auth/policy.ts', 3], ['src/note.ts', 1], ['src/auth/policy.ts', 6]],
    notes: ['Finding: moving a folder recomputes at most its own subtree.', 'Decision: an invitation is a role that has not been taken yet; one table.',
      'Audit rows are written in the same transaction as the change. Tests green, 212 of 212.'],
  },
  {
    id: 'compaction', number: '0108', title: 'Page-level compaction', category: 'backend', priority: 'high', created: 22,
    goal: 'A vault that is edited all day is no larger in the evening than what it holds.',
    phases: ['Format', 'Split and merge', 'Swap', 'Measure'], made: 44, progress: 66, live: 'codex', slowness: 2,
    parts: [work(24, 61, 'codex'), work(61.5, 100, 'codex')],
    things: ['page checksums', 'page splits', 'half-full pages', 'idle slots', 'crash points', 'free lists'],
    commits: [['src/pages/checksum.ts', 'Give pages a checksum'], ['src/pages/varint.ts', 'Store lengths as varints'], ['src/pages/split.ts', 'Split pages at 64 KiB'],
      ['src/pages/merge.ts', 'Merge pages below a third'], ['src/pages/merge.ts', 'Compact while idle'], ['tests/pages.test.ts', 'Crash between two writes'],
      ['src/pages/swap.ts', 'Swap: fsync the directory before the rename']],
    touches: [['src/pages/format.ts', 4], ['src/store/local.ts', 2], ['src/pages/format.ts', 7]],
    notes: ['Finding: a page below a third full costs more to keep than to merge.', 'Decision: compaction yields after 4 ms; typing never waits for it.',
      'Swap survives 400 of 400 kill -9 runs. Next: the same on a full disk.'],
  },
  {
    id: 'settings', number: '0109', title: 'Settings screen redesign', category: 'frontend', priority: 'low', created: 48,
    goal: 'Every setting is found by its task, and reached by keyboard.',
    phases: ['Sketch', 'Build', 'Check'], made: 17, progress: 40,
    parts: [work(49.5, 79, 'windsurf'), paused(79, 100, 'windsurf', 'Grouping and search are done. Paused until the new icons are drawn.')],
    things: ['setting groups', 'theme previews', 'focus rings'],
    commits: [['src/settings/screen.tsx', 'Group settings by task'], ['src/settings/screen.tsx', 'Search within settings'], ['src/settings/theme.tsx', 'Preview the theme in place']],
    touches: [['src/editor/editor.ts', 3]],
    notes: ['Finding: half of the settings were never opened last year.'],
  },
  {
    id: 'vault-import', number: '0110', title: 'Import Markdown vaults', category: 'backend', priority: 'medium', created: 68,
    goal: 'A vault of 4,000 notes comes in with its links and attachments, and what could not be read is listed.',
    phases: ['Read', 'Links', 'Attachments', 'Report'], made: 27, progress: 36, live: 'gemini-cli',
    parts: [work(70, 100, 'gemini-cli')],
    things: ['wiki links', 'front matter', 'attachments', 'duplicate titles', 'import reports', 'vault walks'],
    commits: [['src/import/vault.ts', 'Walk a vault without following links'], ['src/import/front.ts', 'Read front matter'], ['src/import/links.ts', 'Resolve wiki links'],
      ['src/import/links.ts', 'Keep unresolved links as they are'], ['tests/import.test.ts', 'Import 4,000 notes']],
    touches: [['src/note.ts', 9], ['src/store/local.ts', 6]],
    notes: ['Decision: of two notes with one title the nearer one wins, as in the original app.', 'Wiki links with spaces resolve; ambiguous names are listed, not guessed.'],
  },
  {
    id: 'key-escrow', number: '0111', title: 'Key escrow for encrypted notes', category: 'backend', priority: 'high', created: 64,
    goal: 'Two of three shares give the notes back; one alone opens nothing, ours included.',
    phases: ['Threats', 'Wrap', 'Recover', 'Audit'], made: 21, progress: 51, live: 'claude-code',
    parts: [work(66, 95, 'claude-code'), blocked(95, 100, 'claude-code', 'Recovery is bound to a token family: waits for 0104.', { blockers: ['auth-rotation'] })],
    things: ['key shares', 'wrapped keys', 'recovery codes', 'threat models'],
    commits: [['docs/escrow.md', 'Write the threat model'], ['src/escrow/wrap.ts', 'Wrap keys with the recovery key'], ['src/escrow/recover.ts', 'Recover with two of three shares'],
      ['tests/escrow.test.ts', 'One share alone opens nothing']],
    touches: [['src/auth/policy.ts', 8], ['src/auth/session.ts', 8]],
    notes: ['Decision: the third share is printed, never stored.', 'Wrap and unwrap are done and reviewed; what is left needs the token family.'],
  },
  {
    id: 'cold-ci', number: '0112', title: 'Cut the cold CI build to 6 minutes', category: 'infrastructure', priority: 'medium', created: 10,
    goal: 'A first build without any cache is there before the coffee is.',
    phases: ['Measure', 'Cache', 'Split'], parts: [work(12, 34, 'gemini-cli')], ends: 'completed', made: 26,
    things: ['build steps', 'cache keys', 'test shards'],
    commits: [['.ci/steps.yml', 'Time every step'], ['.ci/cache.yml', 'Cache by lock file'], ['.ci/shards.yml', 'Run the two suites side by side']], touches: [],
    notes: ['Finding: 4 of 11 minutes went into unpacking the same archive twice.'],
  },
  {
    id: 'presence', number: '0113', title: 'Presence cursors', category: 'frontend', priority: 'medium', created: 98.6,
    goal: 'See who reads the note you are in, and where, without it ever being in the way.',
    phases: ['Channel', 'Cursor', 'Names', 'Fade'], parts: [], blockers: ['shared-folders'], made: 0, total: 10,
    things: ['remote cursors', 'cursor names'],
    commits: [['src/presence/channel.ts', 'Send cursors at most 10 times a second'], ['src/presence/cursor.tsx', 'Draw remote cursors'],
      ['src/presence/cursor.tsx', 'Name a cursor while it moves'], ['src/presence/fade.ts', 'Fade after 5 s of silence']], touches: [['src/editor/editor.ts', 3]],
    notes: [],
  },
  {
    id: 'self-hosting', number: '0114', title: 'Self-hosting guide', category: 'documentation', priority: 'low', created: 90,
    goal: 'One page: install, back up, upgrade; tried by somebody who has never seen the code.',
    phases: ['Install', 'Backup', 'Upgrade'], parts: [], blockers: ['key-escrow', 'vault-import'], made: 0, total: 8,
    things: ['install steps', 'backup scripts'],
    commits: [['docs/self-hosting.md', 'Install with one container'], ['docs/self-hosting.md', 'Back up and restore'], ['docs/self-hosting.md', 'Upgrade without losing a session']], touches: [],
    notes: [],
  },
];

/** What agents plan when little is ready. */
export const backlog = [
  { id: 'offline-banner', title: 'Say when the app is offline', category: 'frontend', priority: 'medium', folder: 'src/offline', things: ['offline banners', 'queued edits'] },
  { id: 'note-templates', title: 'Templates for new notes', category: 'frontend', priority: 'low', folder: 'src/templates', things: ['templates', 'placeholders'] },
  { id: 'quota', title: 'Count attachments against a quota', category: 'backend', priority: 'high', folder: 'src/quota', things: ['quotas', 'attachment sizes'] },
  { id: 'export-pdf', title: 'Export a folder as PDF', category: 'backend', priority: 'medium', folder: 'src/export', things: ['page breaks', 'export jobs'] },
  { id: 'spell-check', title: 'Spell-check in two languages', category: 'frontend', priority: 'low', folder: 'src/spelling', things: ['dictionaries', 'language guesses'] },
  { id: 'slow-queries', title: 'Find the ten slowest queries', category: 'infrastructure', priority: 'medium', folder: 'src/slow', things: ['query plans', 'slow queries'] },
  { id: 'webhooks', title: 'Webhooks for shared folders', category: 'backend', priority: 'medium', folder: 'src/webhooks', things: ['deliveries', 'signatures'] },
  { id: 'voice-notes', title: 'Transcribe voice notes', category: 'backend', priority: 'high', folder: 'src/voice', things: ['transcripts', 'recordings'] },
  { id: 'fuzz-sync', title: 'Fuzz the sync protocol', category: 'testing', priority: 'high', folder: 'tests/fuzz', things: ['frame mutations', 'crash inputs'] },
  { id: 'a11y-pass', title: 'Every dialog by keyboard and screen reader', category: 'testing', priority: 'critical', folder: 'tests/a11y', things: ['dialogs', 'focus orders'] },
  { id: 'tag-rename', title: 'Rename a tag everywhere', category: 'frontend', priority: 'medium', folder: 'src/tags', things: ['tag renames', 'tag lists'] },
  { id: 'split-store', title: 'Split the store from its cache', category: 'refactoring', priority: 'medium', folder: 'src/cache', things: ['cache entries', 'store reads'] },
];

export const backlogPhases = ['Look', 'Build', 'Prove'];

/** Where streams of the backlog meet: two that change the same function will conflict. */
export const hotSpots = [['src/note.ts', 2], ['src/editor/editor.ts', 8], ['src/sync/client.ts', 3], ['src/store/local.ts', 9]];
