"""The twelve challenge areas of MLOps and their thirty-six considerations, in the words users know them by.

A rule's code is its area's prefix, the number of the consideration inside the area (1 to 3) and two digits: ``SE106`` is Security, consideration 1, number 06.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Consideration:
    """One of the three questions of an area; ``number`` is 1, 2 or 3 and is the first digit of a rule's code."""

    slug: str
    title: str
    number: int


@dataclass(frozen=True, slots=True)
class Area:
    """One challenge area: ``prefix`` opens its codes, ``package`` is its folder under ``rules/``, ``slug`` its name for users."""

    prefix: str
    package: str
    title: str
    considerations: tuple[Consideration, Consideration, Consideration]

    @property
    def slug(self) -> str:
        """The area in kebab-case, as it is selected and reported."""
        return self.package.replace("_", "-")


def _area(prefix: str, package: str, title: str, *considerations: tuple[str, str]) -> Area:
    first, second, third = (Consideration(slug, text, number) for number, (slug, text) in enumerate(considerations, 1))
    return Area(prefix, package, title, (first, second, third))


AREAS: tuple[Area, ...] = (
    _area(
        "DM",
        "data_management",
        "Data Management",
        ("data-volume", "Handling large volumes of data efficiently"),
        ("data-quality", "Ensuring data quality and consistency"),
        ("data-privacy", "Managing data privacy and compliance (e.g., GDPR, CCPA)"),
    ),
    _area(
        "RP",
        "reproducibility",
        "Model Reproducibility",
        ("environments", "Ensuring consistent results across different environments"),
        ("dependencies", "Managing dependencies and software versions"),
        ("randomness", "Handling randomness in machine learning algorithms"),
    ),
    _area(
        "SC",
        "scalability",
        "Scalability",
        ("scaling-infrastructure", "Scaling infrastructure to handle increasing data volumes and model complexity"),
        ("scaling-costs", "Managing costs associated with scaling compute resources"),
        ("resource-utilization", "Optimizing resource utilization for training and inference"),
    ),
    _area(
        "MO",
        "monitoring",
        "Model Drift and Monitoring",
        ("drift-detection", "Detecting and addressing data drift and concept drift"),
        ("production-monitoring", "Implementing effective monitoring in production environments"),
        ("update-stability", "Balancing the frequency of model updates with stability"),
    ),
    _area(
        "CO",
        "collaboration",
        "Cross-functional Collaboration",
        ("team-bridging", "Bridging the gap between data science, engineering, and operations teams"),
        ("communication", "Establishing clear communication channels and workflows"),
        ("skill-sets", "Managing different skill sets and knowledge bases across teams"),
    ),
    _area(
        "TI",
        "integration",
        "Tool Integration",
        ("tool-stack", "Integrating various tools and platforms in the MLOps stack"),
        ("compatibility", "Ensuring compatibility between different components of the ML pipeline"),
        ("tooling-complexity", "Managing the complexity of the tooling ecosystem"),
    ),
    _area(
        "GV",
        "governance",
        "Governance and Compliance",
        ("model-governance", "Implementing model governance frameworks"),
        ("transparency", "Ensuring transparency and explainability of ML models"),
        ("regulations", "Adhering to industry-specific regulations and standards"),
    ),
    _area(
        "SE",
        "security",
        "Security",
        ("unauthorized-access", "Protecting sensitive data and models from unauthorized access"),
        ("secure-pipelines", "Implementing secure ML pipelines and infrastructure"),
        ("access-control", "Managing access controls and authentication across the ML lifecycle"),
    ),
    _area(
        "TD",
        "technical_debt",
        "Technical Debt",
        ("debt-accumulation", "Managing the accumulation of technical debt in ML systems"),
        ("maintainability", "Balancing rapid development with long-term maintainability"),
        ("versioning", "Implementing effective versioning and deprecation strategies"),
    ),
    _area(
        "CL",
        "continuous_learning",
        "Continuous Learning and Improvement",
        ("feedback-loops", "Implementing effective feedback loops for model improvement"),
        ("continuous-updates", "Managing the complexity of continuous model updates"),
        ("model-freshness", "Balancing model freshness with system stability"),
    ),
    _area(
        "CM",
        "cost",
        "Cost Management",
        ("resource-costs", "Optimizing costs associated with data storage, compute resources, and tooling"),
        ("operational-costs", "Balancing model performance with operational costs"),
        ("cost-strategies", "Implementing cost-effective strategies for experimentation and deployment"),
    ),
    _area(
        "TS",
        "talent",
        "Talent and Skill Gap",
        ("talent", "Finding and retaining talent with MLOps expertise"),
        ("upskilling", "Upskilling existing teams in MLOps practices"),
        ("evolving-tools", "Keeping up with rapidly evolving tools and best practices"),
    ),
)

AREA_BY_PREFIX: dict[str, Area] = {area.prefix: area for area in AREAS}
AREA_BY_PACKAGE: dict[str, Area] = {area.package: area for area in AREAS}


def find_consideration(slug: str) -> tuple[Area, Consideration]:
    """The area and consideration of a slug.

    Raises:
        KeyError: no consideration has that slug.
    """
    for area in AREAS:
        for consideration in area.considerations:
            if consideration.slug == slug:
                return area, consideration
    raise KeyError(slug)
