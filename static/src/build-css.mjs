// Writes static/app.css from tokens.mjs and src.css. `--check` writes nothing and fails when the committed file differs.
import fs from 'node:fs';
import {T} from './tokens.mjs';
const here=new URL('.',import.meta.url), out=new URL('../app.css',here);
const both=Object.entries(T).map(([k,[l,d]])=>`--${k}:${l===d?l:`light-dark(${l},${d})`};`).join('');
const one=i=>Object.entries(T).filter(([,[l,d]])=>l!==d).map(([k,v])=>`--${k}:${v[i]};`).join('');
const css=`/* Made by static/src/build-css.mjs. Edit tokens.mjs and src.css there. */
:root{color-scheme:light dark;${both}
--font:ui-sans-serif,system-ui,-apple-system,"Segoe UI Variable Text","Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Mono","Segoe UI Mono","JetBrains Mono",Menlo,Consolas,"Liberation Mono",monospace;
--s1x:.25rem;--s2x:.5rem;--s3x:.75rem;--s4x:1rem;--s5x:1.25rem;--s6x:1.5rem;--s8x:2rem;--s12x:3rem;
--r-s:.375rem;--r-m:.625rem;--r-l:.875rem;
--shadow-1:0 1px 2px var(--shade-1);--shadow-2:0 1px 2px var(--shade-1),0 12px 32px -12px var(--shade-2);
--ease:cubic-bezier(.2,.7,.2,1);--fast:120ms}
:root[data-theme=light]{color-scheme:light}:root[data-theme=dark]{color-scheme:dark}
@supports not (color:light-dark(#000,#fff)){:root{${one(0)}}@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${one(1)}}}:root[data-theme=dark]{${one(1)}}}
${fs.readFileSync(new URL('src.css',here),'utf8')}`;
const limit=25_000;
if(css.length>limit)throw new Error(`app.css has ${css.length} bytes, the limit is ${limit}`);
if(process.argv.includes('--check')){
  if(fs.readFileSync(out,'utf8')!==css)throw new Error('static/app.css is not what static/src makes; run node static/src/build-css.mjs');
}else fs.writeFileSync(out,css);
console.log(`app.css ${css.length} bytes`);
