-- Who may sign in to the dashboard through the deployment's own provider: [{ email or domain, role }], lower case.
ALTER TABLE organizations ADD COLUMN dashboard_members TEXT NOT NULL DEFAULT '[]';
