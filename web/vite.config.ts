// How the page is built and, in development, where its /api comes from.
import { defineConfig } from 'vite';

const browsers = ['chrome123', 'firefox120', 'safari17.5']; // the first with light-dark()

// STREAM_STATUS_URL=http://127.0.0.1:3001 npm run dev
const server = process.env['STREAM_STATUS_URL'] ?? 'http://127.0.0.1:3001';

export default defineConfig({
  build: {
    target: browsers,
    cssTarget: browsers,
    assetsInlineLimit: 0, // the content security policy refuses data: addresses
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    // The server takes writes from its own origin only.
    proxy: { '/api': { target: server, changeOrigin: true, headers: { origin: server } } },
  },
});
