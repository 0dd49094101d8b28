"""Classic models on the features of a whole clip: scikit-learn's, by name, with typed settings."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from affectone.errors import ConfigError, ModelError, shown, unknown_name
from affectone.models.space import OneOf, Real, Space, Whole
from affectone.registry import Registry

__all__ = ["CLASSIC", "Classic", "classic_settings"]

Estimator = Any
"""What scikit-learn fits; it has no types of its own."""


class Classic(BaseModel, abc.ABC):
    """Settings of one classic model; `estimator` makes it.

    Attributes
    ----------
    scaled : bool
        Whether it learns from standardised features. Trees compare each feature with itself alone and need
        none of that.
    weighted : bool
        Whether clips of rare emotions can weigh more.
    answers : "decision", "log probability" or "probability"
        What its logits are: how far a clip is from the borders, the logarithms that it gives itself, or those
        of its probabilities.
    floor : float
        Least probability whose logarithm is taken. Votes and leaves may give a label nothing at all, which
        says little.
    space : mapping of str to Real, Whole or OneOf
        What a search may try of its settings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    scaled: ClassVar[bool] = True
    weighted: ClassVar[bool] = True
    answers: ClassVar[Literal["decision", "log probability", "probability"]] = "decision"
    floor: ClassVar[float] = 1e-3
    space: ClassVar[Space]

    @abc.abstractmethod
    def estimator(self, seed: int) -> Estimator:
        """Return the model, not yet fitted; equal seeds, equal model."""

    def check_clips(self, count: int) -> None:
        """Raise `ConfigError` if so few clips cannot be learned from with these settings."""


CLASSIC: Registry[type[Classic]] = Registry("model", ModelError)
"""Every classic model by name. Networks and classic models share one name space."""


def classic_settings(name: str, given: Mapping[str, Any]) -> Classic:
    """Return the settings of a model by its name, those not given at their defaults.

    Raises
    ------
    ModelError
        If there is no such model.
    ConfigError
        If it has no such setting, or a value is out of range.
    """
    model = CLASSIC.get(name)
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        # Behind a setting of several types stands the name of one of them, which is none of the user's.
        parts = [part for part in first["loc"] if part in model.model_fields or isinstance(part, int)]
        where = ".".join(["classifier", *map(str, parts or first["loc"])])
        if first["type"] == "extra_forbidden":
            known = [f"classifier.{setting}" for setting in model.model_fields]
            raise ConfigError(unknown_name(f"setting of {name}", where, known)) from None
        raise ConfigError(f"{where}: {first['msg']}; got {shown(first['input'])}") from None


@CLASSIC.register("decision_tree", extra="train")
class DecisionTree(Classic):
    """One decision tree."""

    scaled: ClassVar[bool] = False
    answers: ClassVar[Literal["probability"]] = "probability"
    space: ClassVar[Space] = {
        "max_depth": Whole(3, 30, log=True),
        "min_samples_leaf": Whole(2, 60, log=True),
    }

    max_depth: int = Field(default=12, ge=1, le=1000)
    """Deeper ones learn clips by heart."""
    min_samples_leaf: int = Field(default=20, ge=1, le=1_000_000)
    """Leaves of few clips would be sure of everything."""

    def estimator(self, seed: int) -> Estimator:
        """Return scikit-learn's tree."""
        from sklearn.tree import DecisionTreeClassifier

        return DecisionTreeClassifier(**self.model_dump(), random_state=seed)


@CLASSIC.register("knn", extra="train")
class Knn(Classic):
    """The nearest neighbours' vote."""

    weighted: ClassVar[bool] = False
    answers: ClassVar[Literal["probability"]] = "probability"
    space: ClassVar[Space] = {"neighbours": Whole(3, 101, log=True)}

    neighbours: int = Field(default=31, ge=1, le=10_000)
    """With few, clips of one training speaker answer alone, and shares are coarse."""

    def estimator(self, seed: int) -> Estimator:
        """Return scikit-learn's neighbours; each has one vote, and nothing is random."""
        from sklearn.neighbors import KNeighborsClassifier

        return KNeighborsClassifier(self.neighbours, algorithm="brute")

    def check_clips(self, count: int) -> None:
        """Raise `ConfigError` if there are fewer clips than neighbours."""
        if count < self.neighbours:
            raise ConfigError(
                f"classifier.neighbours: {self.neighbours} cannot be found among {count} training clips; ask "
                "for fewer"
            )


@CLASSIC.register("mlp", extra="train")
class Mlp(Classic):
    """A small network of fully connected layers."""

    answers: ClassVar[Literal["probability"]] = "probability"
    floor: ClassVar[float] = 1e-30
    space: ClassVar[Space] = {
        "hidden": OneOf((64,), (128,), (256,), (128, 64)),
        "decay": Real(1e-3, 30.0, log=True),
        "epochs": Whole(20, 150, log=True),
        "learning_rate": Real(3e-4, 3e-3, log=True),
    }

    hidden: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        default=(128,), min_length=1, max_length=10
    )
    """Units of each hidden layer."""
    decay: float = Field(default=1.0, ge=0, le=1e6)
    """Penalty on large weights: there are many more of them than clips."""
    epochs: int = Field(default=60, ge=1, le=100_000)
    """Fixed: stopping early would choose by clips of the same speakers."""
    learning_rate: float = Field(default=1e-3, gt=0, le=10)

    def estimator(self, seed: int) -> Estimator:
        """Return scikit-learn's network, trained with Adam for all its epochs."""
        from sklearn.neural_network import MLPClassifier

        return MLPClassifier(
            self.hidden,
            alpha=self.decay,
            learning_rate_init=self.learning_rate,
            max_iter=self.epochs,
            n_iter_no_change=self.epochs,
            random_state=seed,
        )


@CLASSIC.register("logistic_regression", extra="train")
class Logistic(Classic):
    """Multinomial logistic regression."""

    space: ClassVar[Space] = {"c": Real(1e-4, 30.0, log=True)}

    c: float = Field(default=0.1, gt=0, le=1e6)
    """Inverse of the penalty on large weights: features of a clip are many, and say similar things."""

    def estimator(self, seed: int) -> Estimator:
        """Return scikit-learn's regression; its solver draws nothing at random."""
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=self.c, max_iter=2000)


@CLASSIC.register("gaussian_nb", extra="train")
class GaussianBayes(Classic):
    """Naive Bayes with a normal distribution for each feature."""

    answers: ClassVar[Literal["log probability"]] = "log probability"
    space: ClassVar[Space] = {"smoothing": Real(1e-4, 1.0, log=True)}

    smoothing: float = Field(default=0.1, gt=0, le=1e3)
    """Added to each variance, as a share of the largest: a feature that hardly moves decides nothing."""

    def estimator(self, seed: int) -> Estimator:
        """Return scikit-learn's; nothing is random."""
        from sklearn.naive_bayes import GaussianNB

        return GaussianNB(var_smoothing=self.smoothing)


@CLASSIC.register("svm_rbf", extra="train")
class SvmRbf(Classic):
    """A support vector machine with a radial kernel."""

    space: ClassVar[Space] = {"c": Real(0.1, 100.0, log=True), "gamma": Real(1e-4, 0.1, log=True)}

    c: float = Field(default=3.0, gt=0, le=1e6)
    """Price of a clip on the wrong side."""
    gamma: Annotated[float, Field(gt=0, le=1e6)] | Literal["scale"] = "scale"
    """Narrowness of the kernel; ``"scale"`` is one by the number of features, once they are standardised."""

    def estimator(self, seed: int) -> Estimator:
        """Return scikit-learn's machine without its own probabilities.

        Those are fitted on clips left out at random, whose speakers it has heard; ours come from its decision
        values and the temperature that validation speakers give.
        """
        from sklearn.svm import SVC

        return SVC(C=self.c, gamma=self.gamma, cache_size=500)


@CLASSIC.register("svm_linear", extra="train")
class SvmLinear(Classic):
    """Linear support vector machines, one emotion against the rest."""

    space: ClassVar[Space] = {"c": Real(1e-5, 10.0, log=True)}

    c: float = Field(default=0.1, gt=0, le=1e6)
    """Price of a clip on the wrong side."""

    def estimator(self, seed: int) -> Estimator:
        """Return liblinear's machines in their primal form, which draws nothing at random."""
        from sklearn.svm import LinearSVC

        return LinearSVC(C=self.c, dual=False, max_iter=5000)


@CLASSIC.register("random_forest", extra="train")
class RandomForest(Classic):
    """A forest of randomised decision trees."""

    scaled: ClassVar[bool] = False
    answers: ClassVar[Literal["probability"]] = "probability"
    space: ClassVar[Space] = {"trees": OneOf(100, 300, 500), "min_samples_leaf": Whole(1, 20, log=True)}

    trees: int = Field(default=300, ge=1, le=10_000)
    """More change little but the size of the file."""
    min_samples_leaf: int = Field(default=2, ge=1, le=1_000_000)
    """Halves the file against leaves of one clip."""

    def estimator(self, seed: int) -> Estimator:
        """Return scikit-learn's forest."""
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(self.trees, min_samples_leaf=self.min_samples_leaf, random_state=seed)


@CLASSIC.register("gradient_boosting", extra="train")
class GradientBoosting(Classic):
    """Gradient boosting of trees on histograms."""

    scaled: ClassVar[bool] = False
    space: ClassVar[Space] = {
        "rounds": Whole(30, 300, log=True),
        "learning_rate": Real(0.02, 0.3, log=True),
        "leaves": Whole(3, 31, log=True),
        "penalty": Real(1e-2, 100.0, log=True),
    }

    rounds: int = Field(default=100, ge=1, le=10_000)
    """Fixed: stopping early would choose by clips of the same speakers."""
    learning_rate: float = Field(default=0.1, gt=0, le=1)
    leaves: int = Field(default=15, ge=2, le=10_000)
    """Most leaves of one tree."""
    penalty: float = Field(default=1.0, ge=0, le=1e6)
    """On large values of leaves."""

    def estimator(self, seed: int) -> Estimator:
        """Return scikit-learn's boosting."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            max_iter=self.rounds,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.leaves,
            l2_regularization=self.penalty,
            early_stopping=False,
            random_state=seed,
        )
