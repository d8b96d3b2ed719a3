"""The log and its heads on S3-compatible storage: conditional writes in the place of locks."""
