// What is told: fieldnote, a note-taking app, its streams and who works on them. Data only.

/** The history of main before any stream: [hours ago, file, message]. */
export const beginnings = [
  [170, 'README.md', 'Say what fieldnote is'],
  [168, 'package.json', 'Start the workspace'],
  [166, 'src/note.ts', 'Add the note model'],
  [161, 'src/store/local.ts', 'Keep notes in IndexedDB'],
  [158, 'src/editor/editor.ts', 'Add the editor'],
  [150, 'src/sync/client.ts', 'Sync over one WebSocket'],
  [146, 'src/auth/session.ts', 'Sign in with a refresh token'],
  [140, 'tests/note.test.ts', 'Test the note model'],
];

// `commits` is the whole plan, [file, message]; `made` of them exist when the demo starts, `age` hours old at most.
// `waits`: at this share of the work the stream turns out to need another one.
export const streams = [
  {
    id: 'rga-merge', number: '0101', title: 'Replace OT text merge with RGA', category: 'backend', priority: 'high',
    phases: ['Model', 'Merge', 'Migrate'], state: 'completed', age: 90,
    commits: [['src/merge/rga.ts', 'Add the RGA sequence'], ['src/merge/rga.ts', 'Merge concurrent inserts by site id'],
      ['src/merge/migrate.ts', 'Migrate stored OT logs'], ['tests/rga.test.ts', 'Fuzz two sites against each other']],
  },
  {
    id: 'sync-v3', number: '0102', title: 'Sync protocol v3 handshake', category: 'backend', priority: 'high',
    phases: ['Spec', 'Server', 'Client'], state: 'completed', age: 60,
    commits: [['docs/sync-v3.md', 'Write down the v3 handshake'], ['src/sync/hello.ts', 'Send capabilities in hello'],
      ['src/sync/hello.ts', 'Fall back to v2 when refused']],
  },
  {
    id: 'drop-idb-v1', number: '0103', title: 'Drop the IndexedDB v1 reader', category: 'refactoring', priority: 'low',
    phases: ['Measure', 'Remove'], state: 'archived', age: 110,
    summary: 'No client has written v1 since spring; 640 lines less.',
    commits: [['src/store/v1.ts', 'Count v1 reads before removing them'], ['src/store/v1.ts', 'Remove the v1 reader']],
  },
  {
    id: 'auth-rotation', number: '0104', title: 'Rotate refresh tokens on every use', category: 'backend',
    priority: 'critical', phases: ['Token family', 'Rotation', 'Reuse detection', 'Clients', 'Rollout'],
    state: 'active', agent: 'claude-code', made: 4, age: 9,
    commits: [['src/auth/family.ts', 'Give each sign-in a token family'], ['src/auth/family.ts', 'Store the family, not the token'],
      ['src/auth/rotate.ts', 'Rotate on every use'], ['src/auth/rotate.ts', 'Accept the old token for 30 s'],
      ['src/auth/reuse.ts', 'Revoke the family on reuse'], ['tests/rotate.test.ts', 'Two tabs refresh at once'],
      ['src/auth/client.ts', 'Refresh once for all tabs'], ['docs/auth.md', 'Say how a stolen token ends']],
    notes: ['Two tabs refresh within 40 ms of each other: a grace window is needed.', 'Reuse revokes the family, not the user.'],
  },
  {
    id: 'upload-resume', number: '0105', title: 'Resume interrupted uploads', category: 'frontend', priority: 'high',
    phases: ['Chunks', 'Resume', 'Progress', 'Retry'], state: 'paused', made: 2, age: 20,
    commits: [['src/upload/chunks.ts', 'Upload in chunks of 1 MiB'], ['src/upload/resume.ts', 'Ask the server where it stopped'],
      ['src/upload/resume.ts', 'Resume after a reload'], ['src/upload/progress.ts', 'Show one bar per file'],
      ['src/upload/retry.ts', 'Back off when offline']],
    notes: ['Safari drops the body on sleep; the offset must come from the server.'],
  },
  {
    id: 'search-index', number: '0106', title: 'Full-text search index', category: 'backend', priority: 'medium',
    phases: ['Tokens', 'Postings', 'Ranking', 'Query', 'Page'], state: 'active', agent: 'cursor', made: 3, age: 7,
    commits: [['src/search/tokens.ts', 'Tokenise by script'], ['src/search/tokens.ts', 'Fold diacritics'],
      ['src/search/postings.ts', 'Delta-code postings'], ['src/search/postings.ts', 'Write postings as pages'],
      ['src/search/rank.ts', 'Rank by BM25'], ['src/search/query.ts', 'Parse quoted phrases'],
      ['tests/search.test.ts', 'Search 50,000 notes in 8 ms']],
    waits: { at: 0.55, for: 'compaction', why: 'Postings are stored as pages: needs the page format of 0108.' },
    notes: ['BM25 with k1 = 1.2 beats tf-idf on our own notes.'],
  },
  {
    id: 'shared-folders', number: '0107', title: 'Shared folders: permission model', category: 'backend', priority: 'critical',
    phases: ['Roles', 'Inherit', 'Invite', 'Revoke', 'Audit'], state: 'active', agent: 'claude-code', made: 6, age: 12,
    commits: [['src/folders/roles.ts', 'Name four roles'], ['src/folders/roles.ts', 'Check roles in one place'],
      ['src/folders/inherit.ts', 'Inherit from the nearest folder'], ['src/folders/invite.ts', 'Invite by link'],
      ['src/folders/invite.ts', 'Expire unused invites'], ['src/folders/revoke.ts', 'Revoke ends live sessions'],
      ['tests/folders.test.ts', 'A reader can not move a folder'], ['src/folders/audit.ts', 'Log who changed a role']],
    notes: ['Moving a folder recomputes at most its own subtree.'],
  },
  {
    id: 'compaction', number: '0108', title: 'Page-level compaction', category: 'backend', priority: 'high',
    phases: ['Format', 'Split', 'Merge', 'Measure'], state: 'active', agent: 'codex', made: 3, age: 6,
    commits: [['src/pages/format.ts', 'Give pages a checksum'], ['src/pages/format.ts', 'Store lengths as varints'],
      ['src/pages/split.ts', 'Split pages at 64 KiB'], ['src/pages/merge.ts', 'Merge pages below a third'],
      ['src/pages/merge.ts', 'Compact while idle'], ['tests/pages.test.ts', 'Crash between two writes'],
      ['bench/pages.ts', 'Measure 10,000 small edits']],
    notes: ['A page below a third full costs more to keep than to merge.'],
  },
  {
    id: 'settings', number: '0109', title: 'Settings screen redesign', category: 'frontend', priority: 'low',
    phases: ['Sketch', 'Build', 'Check'], state: 'paused', made: 2, age: 30,
    commits: [['src/settings/screen.tsx', 'Group settings by task'], ['src/settings/screen.tsx', 'Search within settings'],
      ['src/settings/theme.tsx', 'Preview the theme in place'], ['tests/settings.test.tsx', 'Reach every setting by keyboard']],
  },
  {
    id: 'vault-import', number: '0110', title: 'Import Markdown vaults', category: 'backend', priority: 'medium',
    phases: ['Read', 'Links', 'Attachments', 'Report'], state: 'active', agent: 'gemini-cli', made: 2, age: 5,
    commits: [['src/import/vault.ts', 'Walk a vault without following links'], ['src/import/front.ts', 'Read front matter'],
      ['src/import/links.ts', 'Resolve [[wiki links]]'], ['src/import/links.ts', 'Keep unresolved links as they are'],
      ['src/import/files.ts', 'Import attachments once'], ['tests/import.test.ts', 'Import 4,000 notes']],
    waits: { at: 0.6, for: 'shared-folders', why: 'Imported folders need the roles of 0107.' },
    notes: ['Two notes may share a title; the nearer one wins, as in the original app.'],
  },
  {
    id: 'key-escrow', number: '0111', title: 'Key escrow for encrypted notes', category: 'backend', priority: 'high',
    phases: ['Threats', 'Wrap', 'Recover', 'Audit'], state: 'blocked', blockedBy: 'auth-rotation', made: 2, age: 14,
    commits: [['docs/escrow.md', 'Write the threat model'], ['src/escrow/wrap.ts', 'Wrap keys with the recovery key'],
      ['src/escrow/recover.ts', 'Recover with two of three shares'], ['src/escrow/recover.ts', 'Bind recovery to a token family'],
      ['tests/escrow.test.ts', 'One share alone opens nothing']],
    notes: ['Waits for the token family of 0104.'],
  },
  {
    id: 'cold-ci', number: '0112', title: 'Cut the cold CI build to 6 minutes', category: 'infrastructure', priority: 'medium',
    phases: ['Measure', 'Cache', 'Split'], state: 'completed', age: 40,
    commits: [['.ci/build.yml', 'Time every step'], ['.ci/build.yml', 'Cache by lock file'], ['.ci/build.yml', 'Run the two suites side by side']],
  },
  {
    id: 'presence', number: '0113', title: 'Presence cursors', category: 'frontend', priority: 'medium',
    phases: ['Channel', 'Cursor', 'Names', 'Fade'], state: 'initializing', made: 0, age: 2,
    commits: [['src/presence/channel.ts', 'Send cursors at most 10 times a second'], ['src/presence/cursor.tsx', 'Draw remote cursors'],
      ['src/presence/cursor.tsx', 'Name a cursor while it moves'], ['src/presence/fade.ts', 'Fade after 5 s of silence']],
  },
  {
    id: 'self-hosting', number: '0114', title: 'Self-hosting guide', category: 'documentation', priority: 'low',
    phases: ['Install', 'Backup', 'Upgrade'], state: 'initializing', made: 0, age: 1,
    commits: [['docs/self-hosting.md', 'Install with one container'], ['docs/self-hosting.md', 'Back up and restore'],
      ['docs/self-hosting.md', 'Upgrade without losing a session']],
  },
];

/** What agents begin when nothing is ready: [id, title, category, priority, folder]. */
export const backlog = [
  ['offline-banner', 'Say when the app is offline', 'frontend', 'medium', 'src/offline'],
  ['note-templates', 'Templates for new notes', 'frontend', 'low', 'src/templates'],
  ['quota', 'Count attachments against a quota', 'backend', 'high', 'src/quota'],
  ['export-pdf', 'Export a folder as PDF', 'backend', 'medium', 'src/export'],
  ['spell-check', 'Spell-check in two languages', 'frontend', 'low', 'src/spelling'],
  ['slow-queries', 'Find the ten slowest queries', 'infrastructure', 'medium', 'src/slow'],
  ['webhooks', 'Webhooks for shared folders', 'backend', 'medium', 'src/webhooks'],
  ['voice-notes', 'Transcribe voice notes', 'backend', 'high', 'src/voice'],
  ['fuzz-sync', 'Fuzz the sync protocol', 'testing', 'high', 'tests/fuzz'],
  ['a11y-pass', 'Every dialog by keyboard and screen reader', 'testing', 'critical', 'tests/a11y'],
  ['tag-rename', 'Rename a tag everywhere', 'frontend', 'medium', 'src/tags'],
  ['split-store', 'Split the store from its cache', 'refactoring', 'medium', 'src/cache'],
];

export const backlogPhases = ['Look', 'Build', 'Prove'];

/** The plan of a backlog stream. */
export function backlogCommits(title, folder) {
  const subject = title.charAt(0).toLowerCase() + title.slice(1);
  return [
    [`${folder}/index.ts`, `Sketch: ${subject}`],
    [`${folder}/index.ts`, 'Handle the empty case'],
    [`${folder}/edge.ts`, 'Handle what the first users will try'],
    [`${folder}/index.test.ts`, 'Test it from outside'],
  ];
}
