// What an MCP client keeps about its sign-in, in the shape that every version of the TypeScript SDK asks for.

interface Registration {
  client_id: string;
  client_secret?: string;
}

interface Tokens {
  access_token: string;
  token_type: string;
  refresh_token?: string;
}

/** In-memory `OAuthClientProvider`: no browser opens, `asked` holds the authorization URL for whoever plays the person. */
export class ClientLogin {
  asked: URL | null = null;
  registration: Registration | undefined;
  kept: Tokens | undefined;
  #verifier = "";
  #discovered: object | undefined;

  readonly redirectUrl: string;
  /** Where the client's metadata document is; a server that takes those is then not asked to register anything. */
  readonly clientMetadataUrl: string | undefined;
  readonly #name: string;

  constructor(name: string, redirectUrl = "http://127.0.0.1:41234/callback", clientMetadataUrl?: string) {
    this.#name = name;
    this.redirectUrl = redirectUrl;
    this.clientMetadataUrl = clientMetadataUrl;
  }

  /** Another start of the same app, with everything that it had saved. */
  copy(): ClientLogin {
    const copy = new ClientLogin(this.#name, this.redirectUrl, this.clientMetadataUrl);
    copy.registration = this.registration;
    copy.kept = this.kept;
    return copy;
  }

  get clientMetadata() {
    return {
      client_name: this.#name,
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    };
  }

  state() {
    return "state/with+odd.characters=";
  }

  clientInformation() {
    return this.registration;
  }

  saveClientInformation(registration: Registration) {
    this.registration = registration;
  }

  tokens() {
    return this.kept;
  }

  saveTokens(tokens: Tokens) {
    this.kept = tokens;
  }

  saveDiscoveryState(state: object) {
    this.#discovered = state;
  }

  discoveryState() {
    return this.#discovered;
  }

  invalidateCredentials(scope: "all" | "client" | "tokens" | "verifier" | "discovery") {
    if (scope === "all" || scope === "client") this.registration = undefined;
    if (scope === "all" || scope === "tokens") this.kept = undefined;
    if (scope === "all" || scope === "discovery") this.#discovered = undefined;
  }

  redirectToAuthorization(url: URL) {
    this.asked = url;
  }

  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier;
  }

  codeVerifier() {
    return this.#verifier;
  }
}
