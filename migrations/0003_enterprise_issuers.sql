-- Identity providers whose identity assertions (ID-JAG) bring a token: [{ issuer, jwksUri?, tenants? }]; empty is off.
ALTER TABLE gateways ADD COLUMN enterprise_issuers TEXT NOT NULL DEFAULT '[]';
