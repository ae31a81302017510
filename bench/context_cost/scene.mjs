// What every server is told, in the same words: a board of 20, one piece of work, five reports. Called by the peers.

export const kGoal = 'A refresh token is valid once; a second use revokes its whole family';

export const kWork = { title: 'Rotate refresh tokens', goal: kGoal };

export const kBoard = [
  'Paginate the audit log', 'Cache the permission checks', 'Move e-mail templates to MJML', 'Retry failed webhooks',
  'Split the billing module', 'Upgrade to PostgreSQL 17', 'Export invoices as CSV', 'Rate-limit the search API',
  'Dark theme for the console', 'Trace slow requests', 'Remove the legacy importer', 'Document the plugin hooks',
  'Fuzz the date parser', 'Shard the session store', 'Sign release artefacts', 'Localise number formats',
  'Test the backup restore', 'Merge duplicate accounts', 'Show quota in the sidebar', 'Drop support for TLS 1.1',
];

/** Five reports: how far, and what is worth keeping. */
export const kReports = [
  [20, 'Families of tokens share an id, so that one revocation reaches all of them'],
  [40, 'Rotation happens in the transaction that reads the token; two tabs race otherwise'],
  [60, 'A grace period of 10 s lets a retried request through without a revocation'],
  [75, 'The session list shows one row per family, not one per token'],
  [90, 'Load test: 3,000 rotations a second, p99 4 ms'],
];

export const kFarewell = 'The migration of tokens issued before this release is left; see docs/tokens.md';
