// Builds the board for MCP hosts: one page with its style and code within it, since a host shows it in a frame that can
// load nothing.
import { defineConfig, type Plugin } from 'vite';

const page = (style: string, code: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Streams</title>
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<script type="module">${code.replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`;

function onePage(): Plugin {
  return {
    name: 'one-page',
    enforce: 'post',
    generateBundle(_, bundle) {
      let style = '';
      let code = '';
      for (const [name, part] of Object.entries(bundle)) {
        if (part.type === 'chunk') code += part.code;
        else style += String(part.source);
        delete bundle[name];
      }
      this.emitFile({ type: 'asset', fileName: 'board-app.html', source: page(style.trim(), code.trim()) });
    },
  };
}

export default defineConfig({
  publicDir: false,
  plugins: [onePage()],
  build: {
    target: ['chrome123', 'firefox120', 'safari17.5'],
    emptyOutDir: false,
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: { input: 'src/app/board_app.tsx', output: { inlineDynamicImports: true } },
  },
});
