"""What people state about an account, kept as files: attestations of practices, and waivers of findings."""
