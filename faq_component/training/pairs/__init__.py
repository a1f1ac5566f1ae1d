"""Training data: pairs of sentences, their cleaning, sampling, splits and hard negatives."""
