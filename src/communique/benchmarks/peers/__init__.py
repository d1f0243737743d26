"""What ours is held against: what one would take from transformers, scikit-learn or the machine itself."""
