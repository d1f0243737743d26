"""communique: what was done, and how the actor stands, paragraph by paragraph."""
