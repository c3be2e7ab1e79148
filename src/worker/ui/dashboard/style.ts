// The dashboard's stylesheet: tables, forms and charts that are read on a phone as well as on a desk.
import { palette } from "../palette.ts";

const layout = `
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
a{color:var(--go)}
:focus-visible{outline:3px solid var(--go);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-99rem;top:0;background:var(--go);color:var(--go-ink);padding:.6rem 1rem;z-index:1}
.skip:focus{left:0}
.top{background:var(--paper);border-bottom:1px solid var(--line)}
.top>div{display:flex;flex-wrap:wrap;align-items:center;gap:.4rem 1rem;max-width:76rem;margin:0 auto;padding:.7rem 1.25rem}
.brand{font-weight:700;color:inherit;text-decoration:none}
.who{color:var(--soft);font-size:.9rem;margin-right:auto}
.top form{margin:0}
.tabs{display:flex;flex-wrap:wrap;gap:0 .2rem;max-width:76rem;margin:0 auto;padding:0 1.25rem;list-style:none}
.tabs a{display:block;padding:.55rem .7rem;color:var(--soft);text-decoration:none;border-bottom:3px solid transparent}
.tabs a:hover{color:var(--ink);text-decoration:underline}
.tabs a[aria-current]{color:var(--ink);border-color:var(--go);font-weight:600}
.inner{margin:0 0 1.25rem;padding:0;border-bottom:1px solid var(--line)}
main{max-width:76rem;margin:0 auto;padding:1.5rem 1.25rem 4rem}
.narrow{max-width:34rem}
h1{font-size:1.6rem;line-height:1.25;margin:0}
h2{font-size:1.15rem;margin:2rem 0 .6rem}
h3{font-size:1rem;margin:1.2rem 0 .4rem}
h4{font-size:.95rem;margin:1.1rem 0 .2rem}
p{margin:.5rem 0;max-width:46rem}
small,.soft{color:var(--soft);font-size:.9rem}
code,pre,.code{font-family:ui-monospace,monospace;font-size:.88em}
pre{background:var(--ground);border:1px solid var(--line);border-radius:8px;padding:.7rem .9rem;margin:.4rem 0;overflow-x:auto;white-space:pre;overflow-wrap:normal}
.crumbs{margin:0 0 .3rem;font-size:.9rem}
.head{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:center;justify-content:space-between;margin:0 0 1.25rem}
.actions{display:flex;flex-wrap:wrap;gap:.6rem;margin:1.25rem 0 0}
.card{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:1.1rem 1.25rem;margin:0 0 1.25rem}
.card>:first-child,.card>input[type=hidden]+*{margin-top:0}
ul{margin:.4rem 0;padding-left:1.3rem}
.card>:last-child{margin-bottom:0}
.empty{text-align:center;padding:2.5rem 1.25rem}
.empty p{margin:.5rem auto}
.note,.warn,.bad{border-radius:10px;padding:.7rem .95rem;margin:0 0 1.25rem;border:1px solid}
.note{background:var(--good-ground);color:var(--good)}
.warn{background:var(--warn-ground);color:var(--warn)}
.bad{background:var(--bad-ground);color:var(--bad)}
.note p,.warn p,.bad p{margin:.2rem 0}
[hidden]{display:none!important}
`;

const controls = `
button,.button{font:inherit;font-weight:600;padding:.5rem .95rem;border-radius:9px;border:1px solid var(--edge);background:var(--paper);color:var(--ink);cursor:pointer;text-decoration:none;display:inline-block}
button:hover,.button:hover{border-color:var(--ink)}
.go{background:var(--go);border-color:var(--go);color:var(--go-ink)}
.danger{border-color:var(--bad);color:var(--bad)}
.small{font-size:.85rem;padding:.25rem .6rem}
.link{background:none;border:0;padding:0;font-weight:400;color:var(--go);text-decoration:underline}
form{margin:0}
fieldset{border:0;padding:0;margin:0 0 1.25rem;min-width:0}
legend{font-weight:700;font-size:1.1rem;padding:0;margin:0 0 .6rem;float:left;width:100%}
legend+*{clear:both}
fieldset.card{border:1px solid var(--line);padding:1.1rem 1.25rem}
.field{margin:0 0 1.1rem;max-width:42rem}
.field>label{display:block;font-weight:600}
.field .hint{display:block;color:var(--soft);font-size:.88rem;margin:.1rem 0 .3rem}
.field .error{display:block;color:var(--bad);font-weight:600;font-size:.9rem;margin:.3rem 0 0}
input:not([type=checkbox]):not([type=radio]),textarea,select{font:inherit;width:100%;padding:.5rem .65rem;border:1px solid var(--edge);border-radius:8px;background:var(--paper);color:var(--ink)}
textarea{min-height:5.5rem;resize:vertical}
.code{font-family:ui-monospace,monospace}
[aria-invalid=true]{border-color:var(--bad)!important}
.check{display:flex;gap:.6rem;align-items:flex-start;margin:.4rem 0}
.check input{width:1.15rem;height:1.15rem;margin:.2rem 0 0;flex:none}
details{margin:0 0 1.25rem}
summary{cursor:pointer;font-weight:600;padding:.3rem 0}
details[open]>summary{margin-bottom:.8rem}
details.card{padding:.5rem 1.25rem}
details.card[open]{padding-bottom:1.1rem}
.filters{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.4rem .9rem;align-items:end;margin:0 0 1.25rem}
.filters .field{margin:0}
.copy{display:flex;flex-wrap:wrap;gap:.4rem .7rem;align-items:center}
.copy code{background:var(--ground);border:1px solid var(--line);border-radius:6px;padding:.15rem .45rem}
output{display:block;margin:.5rem 0 0;max-width:46rem}
output:empty{display:none}
`;

const data = `
.scroll{overflow-x:auto;background:var(--paper);border:1px solid var(--line);border-radius:12px;margin:0 0 1.25rem}
table{border-collapse:collapse;width:100%;font-size:.94rem}
caption{text-align:left;padding:.8rem;font-weight:600}
th,td{text-align:left;vertical-align:top;padding:.55rem .8rem;border-top:1px solid var(--line);overflow-wrap:normal}
thead th{color:var(--soft);font-weight:600;font-size:.85rem;white-space:nowrap}
tbody th{font-weight:600}
.wide{min-width:13rem;max-width:28rem;overflow-wrap:anywhere}
td{min-width:5.5rem}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td time,th time,td li,.slug{white-space:nowrap;font-variant-numeric:tabular-nums}
dl{margin:0}
dl>div{display:grid;align-items:baseline;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.2rem 1rem;padding:.5rem 0;border-top:1px solid var(--line)}
dl>div:first-child{border-top:0}
dt{color:var(--soft)}
dd{margin:0}
.presets{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));gap:.8rem}
.presets .card{margin:0;padding:.8rem 1rem}
.presets a{display:block;font-weight:600}
.plain{list-style:none;padding:0;margin:0}
.tag{display:inline-block;border-radius:99px;padding:.05rem .6rem;font-size:.84rem;border:1px solid var(--edge);white-space:nowrap}
.tag.ok{color:var(--good);border-color:var(--good)}
.tag.refused{color:var(--warn);border-color:var(--warn)}
.tag.failed{color:var(--bad);border-color:var(--bad)}
.pager{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:0 0 1.25rem}
.steps{list-style:none;padding:0;margin:0 0 1.25rem}
.steps>li{border-left:4px solid var(--line);padding:.1rem 0 1.1rem 1rem;margin-left:.3rem}
.steps h2,.steps h3{font-size:1.05rem;margin:0}
.steps p{margin:.2rem 0}
.steps dl>div{padding:.25rem 0;border:0;grid-template-columns:minmax(6rem,9rem) 1fr}
.steps>li.ok{border-color:var(--good)}
.steps>li.refused{border-color:var(--warn)}
.steps>li.failed{border-color:var(--bad)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1.25rem;align-items:start}
.charts>*{min-width:0}
figure{margin:0}
figcaption{font-weight:600;margin:0 0 .5rem}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--soft);font:12px system-ui,sans-serif}
.charts th,.charts td{padding:.45rem .5rem}
.charts .number{min-width:0}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.88rem;margin:.5rem 0 0;padding:0;list-style:none}
.legend svg{display:inline-block;width:1.6rem;height:.8rem;margin-right:.4rem;vertical-align:-.05rem}
.grid{stroke:var(--line)}
.calls{fill:var(--go)}
.failures{fill:var(--bad)}
.p50,.p95{fill:none;stroke-width:2}
.p50{stroke:var(--go)}
.p95{stroke:var(--warn);stroke-dasharray:5 3}
th time{font-weight:400}
circle{stroke:none!important}
circle.p50{fill:var(--go)}
circle.p95{fill:var(--warn)}
@media(max-width:40rem){
main,.top>div,.tabs{padding-left:.9rem;padding-right:.9rem}
.inner{padding:0}
.wide{min-width:9rem}
.brand{margin-right:auto}
.who{order:1;flex-basis:100%}
h1{font-size:1.35rem}
.card,fieldset.card{padding:.9rem}
details.card{padding:.4rem .9rem}
dl>div{grid-template-columns:1fr}
.tabs a{padding:.45rem .55rem}
th,td{padding:.5rem .7rem}
svg text{font-size:15px}
}
`;

const more = `
:root{--edge:#7d8594;--good:#12633a;--good-ground:#e6f5ec;--bad:#a8191f;--bad-ground:#fdebeb}
@media(prefers-color-scheme:dark){:root{--edge:#7e8798;--good:#7fdca6;--good-ground:#12281c;--bad:#ff9a9a;--bad-ground:#351719}}`;

export const stylesheet = `${palette}${more}${layout}${controls}${data}`;
