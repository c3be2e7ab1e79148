// The rooms where people sign in and clients get tokens: loaded by the first request that enters one.
export { clientBookOf } from "./client-book.ts";
export { account } from "./endpoints/account/index.ts";
export { authorize, callback, consent } from "./endpoints/authorize/index.ts";
export { agentCors, exchange } from "./endpoints/embedded/index.ts";
export { register } from "./endpoints/register.ts";
export { revoke } from "./endpoints/revoke.ts";
export { token } from "./endpoints/token/index.ts";
