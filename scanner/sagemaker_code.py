"""SageMaker code repositories: where notebooks and Studio take their code from."""

from datetime import datetime

from mllens.scanner.collect import Call, Collector, Listed
from mllens.scanner.model import Resource, api
from mllens.scanner.sagemaker import TAGS


class CodeRepository(
    Resource, type="AWS::SageMaker::CodeRepository", name="CodeRepositoryName", arn="CodeRepositoryArn"
):
    """A Git repository that an account's notebooks may be attached to."""

    created: datetime = api("CreationTime")
    repository_url: str = api("GitConfig.RepositoryUrl")
    # Without a branch, Git's default is used; without a secret, the repository is public or CodeCommit's.
    branch: str | None = api("GitConfig.Branch")
    secret: str | None = api("GitConfig.SecretArn")


COLLECTORS = (
    Collector(
        CodeRepository,
        Listed(Call("sagemaker", "ListCodeRepositories", items="CodeRepositorySummaryList")),
        tags=TAGS,
    ),
)
