"""What augmentation is worth in training (`matrix`), and the sounds that the room `augmentation` ships (`material`)."""
