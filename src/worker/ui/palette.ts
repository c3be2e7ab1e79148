// The colours of every page, in light and dark: text on its ground always has a contrast of 4.5 or more.

export const palette = `:root{color-scheme:light dark;--ink:#16181d;--soft:#565d6b;--line:#d9dde5;--paper:#fff;--ground:#f3f5f8;--go:#0b5fd3;--go-ink:#fff;--warn:#8a4b00;--warn-ground:#fff4e2}
@media(prefers-color-scheme:dark){:root{--ink:#eceef2;--soft:#a4acbb;--line:#353b47;--paper:#1b1e25;--ground:#111318;--go:#6aa5ff;--go-ink:#0b1220;--warn:#ffc879;--warn-ground:#33270f}}`;
