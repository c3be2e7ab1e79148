// The one stylesheet of the pages that people see: small, readable on a phone, in light and dark.
import { palette } from "./palette.ts";

export const stylesheet = `
${palette}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{width:100%;max-width:30rem;background:var(--paper);border:1px solid var(--line);border-radius:14px;padding:1.75rem;overflow-wrap:anywhere}
h1{font-size:1.35rem;line-height:1.3;margin:0 0 .75rem}
h2{font-size:.95rem;margin:1.4rem 0 .4rem}
p{margin:.5rem 0}
.soft,footer{color:var(--soft);font-size:.9rem}
ul{margin:.4rem 0;padding-left:1.2rem}
li{margin:.3rem 0}
code{font:.85em ui-monospace,monospace;color:var(--soft)}
dl{margin:1rem 0;border:1px solid var(--line);border-radius:10px}
dl div{padding:.65rem .9rem}
dl div+div{border-top:1px solid var(--line)}
dt{color:var(--soft);font-size:.85rem}
dd{margin:0;font-weight:600}
dd small{display:block;font-weight:400;color:var(--soft);font-size:.85rem}
.warn{background:var(--warn-ground);color:var(--warn);border-radius:10px;padding:.7rem .9rem;margin:1.25rem 0 .75rem;font-size:.92rem}
form{display:flex;gap:.75rem;margin:1.5rem 0 .75rem}
button,.button{flex:1;font:inherit;font-weight:600;padding:.7rem 1rem;border-radius:10px;border:1px solid var(--soft);background:none;color:inherit;cursor:pointer;text-align:center;text-decoration:none;display:block}
button.go{background:var(--go);border-color:var(--go);color:var(--go-ink)}
button:focus-visible,a:focus-visible{outline:3px solid var(--go);outline-offset:2px}
main.wide{max-width:44rem}
a:not(.button){color:var(--go)}
form.stacked{display:block}
label{display:block;font-weight:600}
input:not([type=hidden]){width:100%;font:inherit;padding:.65rem .8rem;margin:.35rem 0 .25rem;border:1px solid var(--soft);border-radius:10px;background:var(--ground);color:inherit}
.stacked button{width:100%;margin-top:.75rem}
input:focus-visible{outline:3px solid var(--go);outline-offset:2px}
.apps{list-style:none;padding:0;margin:1.25rem 0}
.apps>li{border:1px solid var(--line);border-radius:10px;padding:1rem;margin:.75rem 0}
.apps h2{margin:0;font-size:1.05rem}
h2 small{font-weight:400;color:var(--soft)}
.apps ul{list-style:disc}
.apps .button{display:inline-block;margin-top:.75rem;padding:.5rem 1.5rem}
footer{margin-top:1.25rem;padding-top:.9rem;border-top:1px solid var(--line);font-size:.85rem}
`;
