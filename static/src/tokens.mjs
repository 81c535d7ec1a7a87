// The colours of the product, [light, dark]; the only place they are written down.
// `node static/src/tokens.mjs` measures every pair that meets on a page and fails below WCAG AA.
import {fileURLToPath} from 'node:url';
export const T = {
  canvas:['#F6F5F1','#0E1312'], surface:['#FFFFFF','#151C1A'], sunken:['#EEECE6','#0A0E0D'], raised:['#FFFFFF','#1C2522'],
  border:['#DCD8CE','#2B3632'], 'border-strong':['#847F74','#73827C'],
  text:['#191E1C','#E9EEEC'], muted:['#515956','#B0BCB7'], subtle:['#5F6663','#97A49F'],
  accent:['#0A675B','#54D3BB'], 'accent-hover':['#075047','#7BE0CD'], 'accent-soft':['#DCF0EB','#11332D'], 'on-accent':['#FFFFFF','#05231D'],
  ink:['#191E1C','#E9EEEC'], 'on-ink':['#FFFFFF','#0E1312'],
  danger:['#AE2A1F','#FF9488'], 'danger-soft':['#FCEBE8','#3A1916'], 'danger-solid':['#AE2A1F','#C9382B'], 'on-danger':['#FFFFFF','#FFFFFF'],
  warn:['#824600','#FFC871'], 'warn-soft':['#FFF1D9','#33240B'],
  ok:['#1B6638','#7EDD9E'], 'ok-soft':['#E2F3E7','#11301D'],
  info:['#1C5A9E','#91C1FF'], 'info-soft':['#E5EFFA','#12273F'],
  focus:['#1D4ED8','#A3C6FF'],
  s1:['#0A675B','#54D3BB'], s2:['#B4531F','#FF9D66'], s3:['#5551C4','#A6A3FF'], s4:['#7A6200','#E3C54B'],
  'code-bg':['#14201D','#0A0E0D'], 'code-edge':['#14201D','#2B3632'], 'code-text':['#E7F1EE','#E7F1EE'],
  'code-k':['#7BE0CD','#7BE0CD'], 'code-s':['#FFC871','#FFC871'], 'code-c':['#9FB3AD','#9FB3AD'],
  'shade-1':['#191E1C0F','#00000080'], 'shade-2':['#191E1C2E','#000000B3'],
};
const lum=h=>{const c=[1,3,5].map(i=>parseInt(h.slice(i,i+2),16)/255).map(v=>v<=.04045?v/12.92:((v+.055)/1.055)**2.4);return .2126*c[0]+.7152*c[1]+.0722*c[2]};
export const contrast=(a,b)=>{const x=lum(a),y=lum(b);return (Math.max(x,y)+.05)/(Math.min(x,y)+.05)};
// [foreground, background, least ratio]: 7 for body text, 4.5 for text, 3 for edges and chart lines.
export const PAIRS=[
 ['text','canvas',7],['text','surface',7],['text','sunken',7],['text','raised',7],['muted','canvas',4.5],['muted','surface',4.5],['muted','sunken',4.5],['muted','raised',4.5],['muted','accent-soft',4.5],
 ['subtle','canvas',4.5],['subtle','surface',4.5],['subtle','sunken',4.5],
 ['accent','canvas',4.5],['accent','surface',4.5],['accent','sunken',4.5],['accent','accent-soft',4.5],['text','accent-soft',7],['on-accent','accent',4.5],['on-accent','accent-hover',4.5],
 ['on-ink','ink',7],['danger','canvas',4.5],['danger','surface',4.5],['danger','danger-soft',4.5],['on-danger','danger-solid',4.5],
 ['text','warn-soft',7],['text','danger-soft',7],['text','ok-soft',7],['text','info-soft',7],
 ['warn','surface',4.5],['warn','warn-soft',4.5],['ok','surface',4.5],['ok','ok-soft',4.5],['info','surface',4.5],['info','info-soft',4.5],
 ['border-strong','surface',3],['border-strong','canvas',3],['focus','canvas',3],['focus','surface',3],['focus','accent-soft',3],
 ['s1','surface',3],['s2','surface',3],['s3','surface',3],['s4','surface',3],
 ['code-text','code-bg',7],['code-k','code-bg',4.5],['code-s','code-bg',4.5],['code-c','code-bg',4.5]];
if(process.argv[1]===fileURLToPath(import.meta.url)){
  let failing=0;
  for(const [f,b,least] of PAIRS){
    const l=contrast(T[f][0],T[b][0]),d=contrast(T[f][1],T[b][1]),bad=l<least||d<least;
    if(bad)failing++;
    console.log(`${f} on ${b}`.padEnd(30),l.toFixed(2).padStart(6),d.toFixed(2).padStart(6),'least',least,bad?'FAIL':'');
  }
  console.log(failing?`${failing} failing`:'all pass');
  process.exitCode=failing?1:0;
}
