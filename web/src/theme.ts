// Light and dark: the system's, unless the person chose the other. theme.js sets the same before the first paint.
const key = 'stream-status.theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');

export function flipTheme(): void {
  const root = document.documentElement;
  const system = systemDark.matches ? 'dark' : 'light';
  const next = (root.dataset['theme'] ?? system) === 'dark' ? 'light' : 'dark';
  // Back on the system's theme there is nothing to remember: the page follows the system again.
  if (next === system) delete root.dataset['theme'];
  else root.dataset['theme'] = next;
  try {
    if (next === system) localStorage.removeItem(key);
    else localStorage.setItem(key, next);
  } catch {
    // Storage can be switched off; the choice then lasts as long as the page.
  }
}
