// Sets the remembered theme before the first paint, so that it never flashes. Classic and blocking on purpose:
// a module runs too late, and the content security policy refuses an inline script.
try {
  var theme = localStorage.getItem('stream-status.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch (refused) {
  // Storage can be switched off; the system's theme is right then.
}
