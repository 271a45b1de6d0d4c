"""A course of treatment: held, ended, switched, its doses decided, its visits proposed anew."""
