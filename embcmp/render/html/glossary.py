"""What the measures are, in a sentence each, for readers who meet them for the first time."""

from __future__ import annotations

from collections.abc import Mapping

METRICS: Mapping[str, str] = {
    "auc": (
        "The chance that two uses of one sense are closer to each other than two uses of different"
        " senses. 1 is perfect, .50 is chance. It can be compared between encoders."
    ),
    "auc_macro": "The same, with each use and then each sense counting once.",
    "self_similarity": "The mean cosine of all pairs of uses, whatever their sense.",
    "within": "The mean cosine of pairs of one sense.",
    "between": "The mean cosine of pairs of different senses.",
    "separation": "within minus between. Its size depends on how the encoder spreads its vectors.",
    "nearest_neighbor": "How often the nearest other use has the same sense.",
    "centroid": "How often the nearest mean vector of a sense is that of the use's own sense.",
    "centroid_macro": "The same, averaged over the senses.",
    "silhouette": "How much closer a use is to its own sense than to the next one, from -1 to 1.",
    "ari_oracle_k": (
        "Agreement of the senses with a clustering into as many groups: 1 is equal, 0 is chance."
    ),
    "v_measure_oracle_k": "The same clustering, by the V-measure: 1 is equal.",
    "probe": "Balanced accuracy of a linear classifier on sentences that it was not trained on.",
    "baseline": "The mean cosine of different words in different sentences, in this encoder.",
    "adjusted_self_similarity": "self_similarity minus baseline. Lower is not better.",
    "relative_self_similarity": "The same, as a share of what is left above the baseline.",
    "mev": "The share of the largest direction in the vectors of the uses.",
    "adjusted_mev": "mev minus that of as many background words.",
}
