// How an identity assertion grant (ID-JAG) is named, to whoever reads a server's metadata or sends one.

/** RFC 7523 §2.1: the grant type that carries an assertion. */
export const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** ID-JAG §7.2: what a server publishes that takes one. */
export const idJagProfile = "urn:ietf:params:oauth:grant-profile:id-jag";
