// Which addresses the gateway may call, as a table.
import { describe, expect, test } from "vitest";
import { refuseNavigation, refuseOutbound } from "../../src/worker/oauth/outbound-url.ts";

const production = { allowPrivateNetwork: false, ownHosts: ["gateway.example.com", "mcp.example.net"] };
const development = { allowPrivateNetwork: true, ownHosts: ["localhost:8787"] };

describe("P-83 in production", () => {
  test.each([
    "https://auth.example.com",
    "https://auth.example.com/tenant/.well-known/openid-configuration",
    "https://auth.example.com:443/jwks?appid=1",
    "https://xn--bcher-kva.example",
    "https://1and1.com/",
    "https://notgateway.example.com/",
    "https://my-internal.example.com/",
  ])("%s may be called", (url) => {
    expect(refuseOutbound(url, production)).toBeNull();
  });

  test.each([
    ["plain http", "http://auth.example.com/", /https/],
    ["another scheme", "ftp://auth.example.com/", /https/],
    ["a script", "javascript:alert(1)", /https/],
    ["data", "data:application/json,{}", /https/],
    ["a relative URL", "/jwks", /absolute/],
    ["nothing", "", /absolute/],
    ["a user name", "https://user@auth.example.com/", /user name/],
    ["a password", "https://:secret@auth.example.com/", /user name/],
    ["a fragment", "https://auth.example.com/#x", /fragment/],
    ["an empty fragment", "https://auth.example.com/#", /fragment/],
    ["another port", "https://auth.example.com:8443/", /443/],
    ["a backslash", "https:\\\\auth.example.com\\@127.0.0.1", /backslash/],
    ["a tab", "https://auth.exa\tmple.com/", /control/],
    ["a line break", "https://auth.example.com/\r\nHost: x", /control/],
    ["a space", " https://auth.example.com/", /spaces/],
    ["a single label", "https://intranet/", /public/],
    ["a single label with a dot", "https://router./", /public/],
    ["localhost", "https://localhost/", /public/],
    ["localhost with a dot", "https://localhost./", /public/],
    ["localhost in capitals", "https://LOCALHOST/", /public/],
    ["a name under localhost", "https://app.localhost/", /public/],
    ["mDNS", "https://printer.local/", /public/],
    ["the metadata service by name", "https://metadata.google.internal/", /public/],
    ["a home network", "https://nas.home.arpa/", /public/],
    ["a test domain", "https://idp.test/", /public/],
    ["its own host", "https://gateway.example.com/s/x", /this gateway/],
    ["its own host with a dot", "https://gateway.example.com./", /this gateway/],
    ["a server's host", "https://support.mcp.example.net/", /this gateway/],
  ])("%s is refused", (_name, url, reason) => {
    expect(refuseOutbound(url, production)).toMatch(reason);
  });

  test.each([
    ["loopback", "https://127.0.0.1/"],
    ["loopback, short", "https://127.1/"],
    ["loopback, decimal", "https://2130706433/"],
    ["loopback, octal", "https://0177.0.0.1/"],
    ["loopback, hexadecimal", "https://0x7f.1/"],
    ["loopback in full-width digits", "https://１２７.０.０.１/"],
    ["loopback with a dot", "https://127.0.0.1./"],
    ["this network", "https://0.0.0.0/"],
    ["private 10/8", "https://10.0.0.1/"],
    ["private 172.16/12", "https://172.16.0.1/"],
    ["private 192.168/16", "https://192.168.1.1/"],
    ["link-local metadata", "https://169.254.169.254/latest/meta-data/"],
    ["shared address space", "https://100.64.0.1/"],
    ["a public address", "https://203.0.113.7/"],
    ["IPv6 loopback", "https://[::1]/"],
    ["IPv6 unspecified", "https://[::]/"],
    ["IPv4-mapped IPv6", "https://[::ffff:127.0.0.1]/"],
    ["IPv4-mapped IPv6, hexadecimal", "https://[::ffff:a9fe:a9fe]/"],
    ["NAT64", "https://[64:ff9b::a9fe:a9fe]/"],
    ["6to4", "https://[2002:7f00:1::]/"],
    ["unique local", "https://[fd00::1]/"],
    ["IPv6 link-local", "https://[fe80::1]/"],
    ["public IPv6", "https://[2001:db8::1]/"],
  ])("GHSA-vv7q-7jx5-f767 %s is refused", (_name, url) => {
    expect(refuseOutbound(url, production)).toMatch(/IP address/);
  });
});

describe("in development", () => {
  test.each([
    "http://localhost:8788/",
    "http://127.0.0.1:9000/jwks",
    "https://10.0.0.1:8443/",
    "http://keycloak:8080/",
  ])("%s may be called", (url) => {
    expect(refuseOutbound(url, development)).toBeNull();
  });

  test.each([
    ["itself", "http://localhost:8787/s/x", /this gateway/],
    ["another scheme", "file:///etc/passwd", /https/],
    ["a password", "http://a:b@localhost:8788/", /user name/],
    ["a fragment", "http://localhost:8788/#x", /fragment/],
  ])("%s is refused", (_name, url, reason) => {
    expect(refuseOutbound(url, development)).toMatch(reason);
  });
});

describe("where a browser may be sent", () => {
  test.each(["https://login.corp:8443/authorize", "https://10.1.2.3/authorize"])(
    "%s is the browser's to reach",
    (url) => {
      expect(refuseNavigation(url, production)).toBeNull();
    },
  );

  test.each([
    "javascript:alert(1)",
    "http://auth.example.com/",
    "https://a@b.example/",
    "ms-settings:x",
    "data:text/html,x",
  ])("CVE-2025-6514 %s is refused", (url) => {
    expect(refuseNavigation(url, production)).not.toBeNull();
  });
});
