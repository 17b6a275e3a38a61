"""SageMaker behaves as SageMaker where the model does not say how."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/execution"
PREFIX = "arn:aws:sagemaker:us-east-1:123456789012"
VARIANT = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}


def message(refused):
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def endpoint(sagemaker, name="e", **more):
    sagemaker.create_endpoint_config(EndpointConfigName=f"{name}-1", ProductionVariants=[VARIANT], **more)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=f"{name}-1")


def test_endpoints_show_their_configuration(sagemaker):
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 20,
        "DestinationS3Uri": "s3://b/c",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    shadow = {**VARIANT, "VariantName": "s", "ModelName": "n"}
    asynchronous = {"OutputConfig": {"S3OutputPath": "s3://b/o"}}
    endpoint(sagemaker, DataCaptureConfig=capture, AsyncInferenceConfig=asynchronous, ShadowProductionVariants=[shadow])
    shown = sagemaker.describe_endpoint(EndpointName="e")
    assert shown["EndpointStatus"] == "InService"
    assert shown["ProductionVariants"] == [
        {
            "VariantName": "v",
            "CurrentWeight": 1.0,
            "DesiredWeight": 1.0,
            "CurrentInstanceCount": 2,
            "DesiredInstanceCount": 2,
        }
    ]
    assert shown["ShadowProductionVariants"][0]["VariantName"] == "s"
    assert shown["DataCaptureConfig"] == {
        "EnableCapture": True, "CaptureStatus": "Started", "CurrentSamplingPercentage": 20, "DestinationS3Uri": "s3://b/c", "KmsKeyId": "",
    }  # fmt: skip
    assert shown["AsyncInferenceConfig"] == asynchronous
    sagemaker.delete_endpoint_config(EndpointConfigName="e-1")
    assert sagemaker.describe_endpoint(EndpointName="e")["EndpointConfigName"] == "e-1"


def test_endpoints_need_a_configuration(sagemaker):
    with pytest.raises(ClientError) as refused:
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="absent")
    assert message(refused) == (
        "ValidationException", f'Could not find endpoint configuration "{PREFIX}:endpoint-config/absent".',
    )  # fmt: skip


def test_update_endpoint(sandbox, sagemaker):
    endpoint(sagemaker)
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="e",
        DesiredWeightsAndCapacities=[{"VariantName": "v", "DesiredInstanceCount": 5, "DesiredWeight": 0.5}],
    )
    sagemaker.create_endpoint_config(EndpointConfigName="e-2", ProductionVariants=[VARIANT])
    rolling = {
        "RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1}, "WaitIntervalInSeconds": 1}
    }
    sandbox.clock.advance(timedelta(hours=1))
    sagemaker.update_endpoint(
        EndpointName="e", EndpointConfigName="e-2", RetainAllVariantProperties=True, DeploymentConfig=rolling
    )
    shown = sagemaker.describe_endpoint(EndpointName="e")
    assert (shown["EndpointConfigName"], shown["LastDeploymentConfig"]) == ("e-2", rolling)
    assert (
        shown["ProductionVariants"][0]["DesiredInstanceCount"],
        shown["ProductionVariants"][0]["CurrentWeight"],
    ) == (5, 0.5)
    assert (shown["CreationTime"], shown["LastModifiedTime"]) == (
        datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2026, 11, 1, 13, tzinfo=UTC),
    )  # fmt: skip
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="e-1")
    shown = sagemaker.describe_endpoint(EndpointName="e")
    assert shown["ProductionVariants"][0]["DesiredInstanceCount"] == 2
    assert "LastDeploymentConfig" not in shown
    sandbox.amend("sagemaker", "Endpoint", "e", EndpointStatus="Updating")
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="e-2")
    assert sagemaker.list_endpoints(StatusEquals="Updating")["Endpoints"][0]["EndpointStatus"] == "Updating"


def test_serverless_variants_have_no_instances(sagemaker):
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    variant = {"VariantName": "v", "ModelName": "m", "ServerlessConfig": serverless}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    shown = sagemaker.describe_endpoint(EndpointName="e")["ProductionVariants"][0]
    assert shown["CurrentServerlessConfig"] == serverless
    assert "CurrentInstanceCount" not in shown


def test_packages_of_a_group_are_numbered(sagemaker):
    sagemaker.create_model_package_group(ModelPackageGroupName="Fraud")
    arns = [sagemaker.create_model_package(ModelPackageGroupName="Fraud")["ModelPackageArn"] for _ in "12"]
    assert arns == [f"{PREFIX}:model-package/fraud/1", f"{PREFIX}:model-package/fraud/2"]
    shown = sagemaker.describe_model_package(ModelPackageName=arns[1])
    assert (shown["ModelPackageGroupName"], shown["ModelPackageVersion"]) == ("Fraud", 2)
    assert (shown["ModelApprovalStatus"], shown["ModelPackageStatus"]) == ("PendingManualApproval", "Completed")
    sagemaker.update_model_package(
        ModelPackageArn=arns[0], ModelApprovalStatus="Approved", CustomerMetadataProperties={"a": "1", "b": "2"}
    )
    sagemaker.update_model_package(ModelPackageArn=arns[0], CustomerMetadataPropertiesToRemove=["a"])
    shown = sagemaker.describe_model_package(ModelPackageName=arns[0])
    assert (shown["ModelApprovalStatus"], shown["CustomerMetadataProperties"]) == ("Approved", {"b": "2"})
    listed = sagemaker.list_model_packages(ModelPackageGroupName="Fraud", ModelApprovalStatus="Approved")
    assert [row["ModelPackageArn"] for row in listed["ModelPackageSummaryList"]] == arns[:1]
    with pytest.raises(ClientError, match="still contains Model Packages"):
        sagemaker.delete_model_package_group(ModelPackageGroupName="Fraud")
    sagemaker.delete_model_package(ModelPackageName=arns[1])
    assert sagemaker.create_model_package(ModelPackageGroupName="Fraud")["ModelPackageArn"].endswith("/3")


def test_packages_outside_a_group_are_named(sagemaker):
    arn = sagemaker.create_model_package(ModelPackageName="Alone")["ModelPackageArn"]
    assert arn == f"{PREFIX}:model-package/alone"
    assert sagemaker.describe_model_package(ModelPackageName="Alone")["ModelPackageName"] == "Alone"
    assert [row["ModelPackageArn"] for row in sagemaker.list_model_packages()["ModelPackageSummaryList"]] == [arn]
    assert sagemaker.list_model_packages(ModelPackageType="Versioned")["ModelPackageSummaryList"] == []
    with pytest.raises(ClientError, match="already existing"):
        sagemaker.create_model_package(ModelPackageName="Alone")


def test_batch_describe_says_what_it_missed(sagemaker):
    arn = sagemaker.create_model_package(ModelPackageName="p")["ModelPackageArn"]
    answer = sagemaker.batch_describe_model_package(ModelPackageArnList=[arn, arn + "x"])
    assert (list(answer["ModelPackageSummaries"]), list(answer["BatchDescribeModelPackageErrorMap"])) == (
        [arn],
        [arn + "x"],
    )


def test_groups_show_who_made_them(sagemaker):
    sagemaker.create_model_package_group(ModelPackageGroupName="g")
    shown = sagemaker.describe_model_package_group(ModelPackageGroupName=f"{PREFIX}:model-package-group/g")
    assert shown["CreatedBy"]["IamIdentity"]["Arn"] == "arn:aws:iam::123456789012:user/sandbox"
    assert shown["ModelPackageGroupStatus"] == "Completed"


def schedule(sagemaker, name="s"):
    job = {
        "MonitoringInputs": [{"EndpointInput": {"EndpointName": "e", "LocalPath": "/in"}}],
        "MonitoringOutputConfig": {"MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://b/o", "LocalPath": "/out"}}]},
        "MonitoringResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "MonitoringAppSpecification": {"ImageUri": "image"},
        "RoleArn": ROLE,
    }
    config = {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        "MonitoringJobDefinition": job,
        "MonitoringType": "ModelQuality",
    }
    sagemaker.create_monitoring_schedule(MonitoringScheduleName=name, MonitoringScheduleConfig=config)


def test_monitoring(sandbox, sagemaker):
    schedule(sagemaker)
    shown = sagemaker.describe_monitoring_schedule(MonitoringScheduleName="s")
    assert (shown["EndpointName"], shown["MonitoringType"], shown["MonitoringScheduleStatus"]) == (
        "e",
        "ModelQuality",
        "Scheduled",
    )
    for status, day in (("Completed", 1), ("CompletedWithViolations", 3), ("Failed", 2)):
        with sandbox.at(datetime(2026, 10, day, tzinfo=UTC)):
            sandbox.monitoring_execution("s", MonitoringExecutionStatus=status)
    rows = sagemaker.list_monitoring_executions(EndpointName="e")["MonitoringExecutionSummaries"]
    assert [row["MonitoringExecutionStatus"] for row in rows] == ["CompletedWithViolations", "Failed", "Completed"]
    bad = sagemaker.list_monitoring_executions(StatusEquals="Failed", MaxResults=1)
    assert bad["MonitoringExecutionSummaries"][0]["CreationTime"] == datetime(2026, 10, 2, tzinfo=UTC)
    last = sagemaker.describe_monitoring_schedule(MonitoringScheduleName="s")["LastMonitoringExecutionSummary"]
    assert last["MonitoringExecutionStatus"] == "CompletedWithViolations"
    sagemaker.stop_monitoring_schedule(MonitoringScheduleName="s")
    assert (
        sagemaker.list_monitoring_schedules(StatusEquals="Stopped")["MonitoringScheduleSummaries"][0]["EndpointName"]
        == "e"
    )
    sagemaker.start_monitoring_schedule(MonitoringScheduleName="s")
    assert sagemaker.describe_monitoring_schedule(MonitoringScheduleName="s")["MonitoringScheduleStatus"] == "Scheduled"


def training_job(sagemaker, name="t", **more):
    return sagemaker.create_training_job(
        TrainingJobName=name, RoleArn=ROLE, AlgorithmSpecification={"TrainingImage": "i", "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": "s3://b/o"}, ResourceConfig={"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60}, **more,
    )  # fmt: skip


def test_training_jobs_are_over_at_once(sandbox, sagemaker):
    with sandbox.at(datetime(2026, 9, 1, tzinfo=UTC)):
        training_job(sagemaker, EnableManagedSpotTraining=True, Environment={"A": "b"})
    shown = sagemaker.describe_training_job(TrainingJobName="t")
    assert (shown["TrainingJobStatus"], shown["SecondaryStatus"], shown["Environment"]) == (
        "Completed",
        "Completed",
        {"A": "b"},
    )
    assert shown["CreationTime"] == datetime(2026, 9, 1, tzinfo=UTC)
    assert shown["TrainingEndTime"] - shown["TrainingStartTime"] == timedelta(seconds=shown["TrainingTimeInSeconds"])
    assert shown["BillableTimeInSeconds"] < shown["TrainingTimeInSeconds"]
    assert shown["ModelArtifacts"]["S3ModelArtifacts"] == "s3://b/o/t/output/model.tar.gz"
    with pytest.raises(ClientError, match="is in status Completed"):
        sagemaker.stop_training_job(TrainingJobName="t")
    sandbox.amend("sagemaker", "TrainingJob", "t", TrainingJobStatus="InProgress", TrainingEndTime=None)
    sagemaker.stop_training_job(TrainingJobName="t")
    shown = sagemaker.describe_training_job(TrainingJobName="t")
    assert shown["TrainingJobStatus"] == "Stopped"
    assert "TrainingEndTime" not in shown


def test_errors_are_worded_as_sagemaker_words_them(sagemaker):
    with pytest.raises(ClientError) as refused:
        sagemaker.describe_training_job(TrainingJobName="absent")
    assert message(refused)[0] == "ResourceNotFound"
    training_job(sagemaker)
    with pytest.raises(ClientError) as refused:
        training_job(sagemaker)
    assert message(refused)[0] == "ResourceInUse"
    with pytest.raises(ClientError) as refused:
        sagemaker.list_tags(ResourceArn=f"{PREFIX}:model/absent")
    assert message(refused)[0] == "ValidationException"


def test_enumerations_and_names_are_checked(sandbox, sagemaker):
    with pytest.raises(ClientError, match="Member must satisfy enum value set"):
        sagemaker.create_notebook_instance(NotebookInstanceName="n", InstanceType="ml.huge", RoleArn=ROLE)
    with pytest.raises(ClientError, match="regular expression pattern"):
        sagemaker.create_model(ModelName="<script>", ExecutionRoleArn=ROLE)
    with sandbox.lenient():
        sagemaker.create_model(ModelName="<script>", ExecutionRoleArn=ROLE)
    assert sagemaker.list_models()["Models"][0]["ModelName"] == "<script>"


def test_pipelines(sandbox, sagemaker):
    definition = '{"Version": "2020-12-01", "Steps": [{"Name": "Train", "Type": "Training"}, {"Name": "Register", "Type": "Model"}]}'
    sagemaker.create_pipeline(PipelineName="P", PipelineDefinition=definition, RoleArn=ROLE)
    arn = sagemaker.start_pipeline_execution(PipelineName="P")["PipelineExecutionArn"]
    other = sagemaker.start_pipeline_execution(PipelineName="P")["PipelineExecutionArn"]
    assert arn.startswith(f"{PREFIX}:pipeline/p/execution/")
    assert arn != other
    assert sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] == "Succeeded"
    assert len(sagemaker.list_pipeline_executions(PipelineName="P")["PipelineExecutionSummaries"]) == 2
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert [step["StepName"] for step in steps] == ["Train", "Register"]
    assert "LastRunTime" in sagemaker.describe_pipeline(PipelineName="P")
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] == "Stopped"
    sagemaker.update_pipeline(PipelineName="P", PipelineDescription="changed")
    versions = sagemaker.list_pipeline_versions(PipelineName="P")["PipelineVersionSummaries"]
    assert [row["PipelineVersionId"] for row in versions] == [1, 2]


def test_notebooks_are_changed_when_stopped_only(sagemaker):
    sagemaker.create_notebook_instance(
        NotebookInstanceName="n",
        InstanceType="ml.t3.medium",
        RoleArn=ROLE,
        SecurityGroupIds=["sg-1"],
        LifecycleConfigName="l",
    )
    shown = sagemaker.describe_notebook_instance(NotebookInstanceName="n")
    assert (shown["RootAccess"], shown["DirectInternetAccess"]) == ("Enabled", "Enabled")
    assert (shown["SecurityGroups"], shown["NotebookInstanceLifecycleConfigName"]) == (["sg-1"], "l")
    with pytest.raises(ClientError, match=r"Status \(InService\) not in"):
        sagemaker.update_notebook_instance(NotebookInstanceName="n", RootAccess="Disabled")
    sagemaker.stop_notebook_instance(NotebookInstanceName="n")
    sagemaker.update_notebook_instance(
        NotebookInstanceName="n", RootAccess="Disabled", DisassociateLifecycleConfig=True
    )
    sagemaker.start_notebook_instance(NotebookInstanceName="n")
    shown = sagemaker.describe_notebook_instance(NotebookInstanceName="n")
    assert (shown["NotebookInstanceStatus"], shown["RootAccess"]) == ("InService", "Disabled")
    assert "NotebookInstanceLifecycleConfigName" not in shown


def test_tags(sagemaker):
    tags = [{"Key": "team", "Value": "ml"}, {"Key": "env", "Value": "prod"}]
    arn = sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, Tags=tags)["ModelArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "env", "Value": "dev"}, {"Key": "é/1", "Value": ""}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "env", "Value": "dev"}, {"Key": "é/1", "Value": ""}]


def test_image_versions_are_numbered(sagemaker):
    sagemaker.create_image(ImageName="i", RoleArn=ROLE)
    for base in ("one", "two"):
        sagemaker.create_image_version(ImageName="i", BaseImage=base, ClientToken=base)
    assert sagemaker.describe_image_version(ImageName="i")["BaseImage"] == "two"
    assert sagemaker.describe_image_version(ImageName="i", Version=1)["BaseImage"] == "one"
    sagemaker.delete_image_version(ImageName="i", Version=2)
    assert sagemaker.describe_image_version(ImageName="i")["Version"] == 1


def test_model_cards_have_versions(sagemaker):
    sagemaker.create_model_card(ModelCardName="c", Content='{"a": 1}', ModelCardStatus="Draft")
    sagemaker.update_model_card(ModelCardName="c", ModelCardStatus="Approved")
    assert sagemaker.describe_model_card(ModelCardName="c")["ModelCardVersion"] == 2
    assert sagemaker.describe_model_card(ModelCardName="c", ModelCardVersion=1)["ModelCardStatus"] == "Draft"
    rows = sagemaker.list_model_card_versions(ModelCardName="c")["ModelCardVersionSummaryList"]
    assert [row["ModelCardVersion"] for row in rows] == [1, 2]


def test_feature_groups(sagemaker):
    features = [{"FeatureName": "id", "FeatureType": "String"}, {"FeatureName": "t", "FeatureType": "String"}]
    sagemaker.create_feature_group(
        FeatureGroupName="f", RecordIdentifierFeatureName="id", EventTimeFeatureName="t", FeatureDefinitions=features,
        OnlineStoreConfig={"EnableOnlineStore": True},
    )  # fmt: skip
    sagemaker.update_feature_group(
        FeatureGroupName="f", FeatureAdditions=[{"FeatureName": "x", "FeatureType": "Integral"}]
    )
    sagemaker.update_feature_metadata(
        FeatureGroupName="f", FeatureName="x", Description="why", ParameterAdditions=[{"Key": "pii", "Value": "no"}]
    )
    assert len(sagemaker.describe_feature_group(FeatureGroupName="f")["FeatureDefinitions"]) == 3
    shown = sagemaker.describe_feature_metadata(FeatureGroupName="f", FeatureName="x")
    assert (shown["FeatureType"], shown["Description"], shown["Parameters"]) == (
        "Integral",
        "why",
        [{"Key": "pii", "Value": "no"}],
    )
    assert sagemaker.list_feature_groups()["FeatureGroupSummaries"][0]["FeatureGroupName"] == "f"


def test_components_clusters_lineage(sagemaker):
    endpoint(sagemaker)
    specification = {"Container": {"Image": "i"}, "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128}}
    sagemaker.create_inference_component(
        InferenceComponentName="c",
        EndpointName="e",
        VariantName="v",
        Specification=specification,
        RuntimeConfig={"CopyCount": 2},
    )
    sagemaker.update_inference_component_runtime_config(
        InferenceComponentName="c", DesiredRuntimeConfig={"CopyCount": 3}
    )
    shown = sagemaker.describe_inference_component(InferenceComponentName="c")
    assert (shown["RuntimeConfig"], shown["EndpointArn"]) == (
        {"DesiredCopyCount": 3, "CurrentCopyCount": 3},
        f"{PREFIX}:endpoint/e",
    )
    assert shown["Specification"]["Container"] == {"DeployedImage": {"SpecifiedImage": "i"}}
    group = {"InstanceCount": 2, "InstanceGroupName": "g", "InstanceType": "ml.m5.large", "ExecutionRole": ROLE}
    sagemaker.create_cluster(ClusterName="k", InstanceGroups=[group])
    assert sagemaker.describe_cluster(ClusterName="k")["InstanceGroups"][0]["TargetCount"] == 2
    assert len(sagemaker.list_cluster_nodes(ClusterName="k")["ClusterNodeSummaries"]) == 2
    edge = {"SourceArn": f"{PREFIX}:artifact/1", "DestinationArn": f"{PREFIX}:artifact/2"}
    sagemaker.add_association(**edge, AssociationType="Produced")
    assert (
        sagemaker.list_associations(SourceArn=edge["SourceArn"])["AssociationSummaries"][0]["DestinationArn"]
        == edge["DestinationArn"]
    )


def test_filters_and_sorting(sandbox, sagemaker):
    for day, name in ((3, "abc"), (1, "bcd"), (2, "cde")):
        with sandbox.at(datetime(2026, 10, day, tzinfo=UTC)):
            sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE)

    def names(**asked):
        return [row["ModelName"] for row in sagemaker.list_models(**asked)["Models"]]

    assert names(NameContains="C") == ["abc", "bcd", "cde"]
    assert names(CreationTimeAfter=datetime(2026, 10, 1, 1, tzinfo=UTC)) == ["abc", "cde"]
    assert names(SortBy="CreationTime", SortOrder="Descending") == ["abc", "cde", "bcd"]
    with pytest.raises(ClientError, match="Invalid NextToken"):
        sagemaker.list_models(NextToken="nonsense")
