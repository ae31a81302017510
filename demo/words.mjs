// Words that streams of a note-taking app are told with: titles, goals, commits and notes that nobody wrote by hand.
import { pick } from './chance.mjs';

const things = [
  'attachments', 'backlinks', 'billing pages', 'bookmarks', 'calendar feeds', 'checklists', 'code blocks', 'comments', 'conflict copies', 'crash reports',
  'cursors', 'daily notes', 'drafts', 'embeds', 'error pages', 'export jobs', 'feature flags', 'font files', 'footnotes', 'guest links',
  'image previews', 'import jobs', 'invitations', 'keyboard shortcuts', 'labels', 'list views', 'log lines', 'mentions', 'menus', 'note links',
  'notifications', 'outlines', 'page history', 'password resets', 'permissions', 'print styles', 'push tokens', 'quotas', 'reminders', 'saved searches',
  'search results', 'sessions', 'settings', 'share sheets', 'snapshots', 'device lists', 'tables', 'tags', 'templates', 'themes',
  'thumbnails', 'tombstones', 'translations', 'trash', 'undo steps', 'uploads', 'voice notes', 'web clips', 'webhooks', 'widgets',
];

const changes = [
  ['Cache', 'refactoring'], ['Sync', 'backend'], ['Encrypt', 'backend'], ['Page', 'backend'], ['Validate', 'backend'], ['Index', 'backend'],
  ['Redesign', 'frontend'], ['Preview', 'frontend'], ['Reorder', 'frontend'], ['Load', 'frontend'], ['Test', 'testing'], ['Fuzz', 'testing'],
  ['Measure', 'infrastructure'], ['Back up', 'infrastructure'], ['Rate-limit', 'infrastructure'], ['Migrate', 'infrastructure'],
  ['Document', 'documentation'], ['Untangle', 'refactoring'], ['Deduplicate', 'refactoring'], ['Archive', 'backend'],
];

const places = ['', 'on phones', 'offline', 'in shared folders', 'for large vaults', 'across time zones', 'in the web app', 'for guests', 'after a crash', 'on slow networks'];

const phaseSets = [
  ['Look', 'Build', 'Prove'], ['Design', 'Build', 'Test', 'Roll out'], ['Measure', 'Change', 'Measure again'], ['Model', 'Store', 'Serve', 'Show'],
  ['Sketch', 'Build', 'Keyboard', 'Check'], ['Spec', 'Server', 'Client', 'Migrate', 'Clean up'], ['Reproduce', 'Fix'],
];

const commitForms = [
  'Add a first cut of {x}', 'Name the parts of {x}', 'Read {x} from one place', 'Handle empty {x}', 'Test {x} at their limits', 'Test two writers of {x}',
  'Move {x} into their own file', 'Say why {x} are refused', 'Keep {x} across a restart', 'Drop a copy of {x}', 'Retry {x} once', 'Document {x}',
  'Measure {x} before and after', 'Check {x} in one place', 'Load {x} only when shown', 'Log {x} once, where they are decided', 'Bound the size of {x}',
  'Show {x} in the order of use', 'Make {x} cheap to compare', 'Remove the old {x}', 'Fix {x} on Safari', 'Fix an off-by-one in {x}', 'Say what {x} cost',
];

const noteForms = [
  'Finding: {x} are read ten times as often as they are written.', 'Finding: one in fifty of our own {x} is older than the format says.',
  'Decision: {x} stay where they are; only the reader changes.', 'Decision: no cache for {x}: the query takes 2 ms.',
  'Tests of {x} are green; next, the same on a slow disk.', 'Finding: Safari and Firefox disagree about {x}.',
  'The old code of {x} stays until the next release.', 'Decision: at most 500 {x} a page, as everywhere else.',
];

const questionForms = [
  { text: 'May {x} be lost when the quota is full?', choices: ['Yes, oldest first', 'No, refuse new ones'] },
  { text: 'Old {x}: convert them at the first start, or when they are read?', choices: ['At the first start', 'When they are read'] },
  { text: 'Are {x} part of the export?', choices: ['Yes', 'No', 'Only with a setting'] },
  { text: 'Which name shall {x} have in the menu?', choices: [] },
];

export const reasons = ['the CI runner is down', 'it needs a decision first', 'the staging data is being restored', 'a review is open'];
export const handovers = ['The hard part is done; what is left is in the plan.', 'Stopped at a green test run; next is the error path.', 'My context is full. Everything is committed.'];

const fill = (form, x) => form.replaceAll('{x}', x);
const lower = (text) => text.charAt(0).toLowerCase() + text.slice(1);

/** What the n-th stream is about; each n up to 12,000 has its own title. */
export function subject(n) {
  const [verb, category] = changes[n % changes.length];
  const round = Math.floor(n / changes.length);
  const thing = things[(round * 7 + n * 11) % things.length];
  const place = places[Math.floor(round / things.length) % places.length];
  const title = [verb, thing, place].filter(Boolean).join(' ');
  return { title, thing, category, goal: `Done when people can ${lower(title)} and nothing that worked before is slower.` };
}

export const idOf = (title) => title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
export const phasesOf = (random) => pick(random, phaseSets);
export const noteAbout = (random, thing) => fill(pick(random, noteForms), thing);

export function questionAbout(random, thing) {
  const { text, choices } = pick(random, questionForms);
  return { text: fill(text, thing), choices };
}

/** `count` messages, each once as long as there are enough. */
export function messagesAbout(random, topics, count) {
  const all = topics.flatMap((topic) => commitForms.map((form) => fill(form, topic)));
  const messages = [];
  while (messages.length < count) messages.push(...shuffled(random, all));
  return messages.slice(0, count);
}

function shuffled(random, list) {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}
