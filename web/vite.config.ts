import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// One script and one style sheet under fixed names: they are committed, and the server knows them by name.
export default defineConfig({
  base: '/',
  publicDir: false,
  plugins: [svelte({ compilerOptions: { dev: false } })],
  build: {
    outDir: '../crates/page/assets',
    emptyOutDir: false,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    target: 'es2022',
    rollupOptions: {
      output: { entryFileNames: 'app.js', assetFileNames: 'app[extname]', inlineDynamicImports: true },
    },
  },
});
