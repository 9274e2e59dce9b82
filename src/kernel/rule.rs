//! Every rule by its one name: the database's constraint or trigger, `extensions.rule`, the test, a row of
//! `docs/rules.md`.

use std::fmt::{self, Write};

/// What breaking a rule means to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The input is wrong.
    Invalid,
    /// The input is fine and the state of the data forbids it.
    Conflict,
    /// The caller may not.
    Forbidden,
}

/// Where a rule is enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    Database,
    Api,
    Both,
}

macro_rules! rules {
    ($($variant:ident $name:literal $kind:ident $layer:ident $source:literal $message:literal)*) => {
        /// A rule of the specification, or one that its decisions add.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Rule {
            $(#[doc = $message] $variant,)*
        }

        impl Rule {
            /// All rules, in the order of `docs/rules.md`.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The one name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What the caller is told.
            pub fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }

            pub fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)* }
            }

            pub fn layer(self) -> Layer {
                match self { $(Self::$variant => Layer::$layer,)* }
            }

            /// The specification or decision that it comes from.
            pub fn source(self) -> &'static str {
                match self { $(Self::$variant => $source,)* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

rules! {
    // People and doors
    OrganizationSlugUnique "organization_slug_unique" Conflict Database "decisions 1" "Another organization has this short name."
    OrganizationSlugValid "organization_slug_valid" Invalid Database "decisions 1" "A short name has lower-case letters, digits and hyphens."
    OrganizationNameNotEmpty "organization_name_not_empty" Invalid Database "decisions 1" "An organization has a name."
    OrganizationNumberValid "organization_number_valid" Invalid Database "domain 2b, ID01" "An organization number has nine digits, the last of which checks the others."
    OrganizationMustExistAndBeActive "organization_must_exist_and_be_active" Forbidden Both "bufdir-report" "The organization must exist and be active."
    OrganizationRequired "organization_required" Invalid Api "decisions 1" "Name the organization: by the token's claim or the X-Organization-Id header."
    OrganizationUnknown "organization_unknown" Forbidden Api "decisions 1" "You have no access to such an organization."
    UserEmailUnique "user_email_unique" Conflict Database "decisions 1" "Another user has this e-mail address."
    UserEmailValid "user_email_valid" Invalid Database "decisions 1" "An e-mail address is written in lower case, with an @."
    UserNameNotEmpty "user_name_not_empty" Invalid Database "decisions 1" "A user has a name."
    MembershipRoleValid "membership_role_valid" Invalid Database "decisions 1" "A membership's role is peer_mentor, coordinator or org_admin."
    OrganizationKeepsAnAdmin "organization_keeps_an_admin" Conflict Database "decisions 1" "An organization keeps an active org admin."
    PeerApprovalStartBeforeEnd "peer_approval_start_before_end" Invalid Database "domain 2" "A peer's approval begins before it ends."
    SupportAccessGrantedByOrgAdmin "support_access_granted_by_org_admin" Forbidden Both "decisions 1" "Only an org admin grants support access."
    SupportAccessForGlobalAdmin "support_access_for_global_admin" Invalid Both "decisions 1" "Support access is granted to an active global admin."
    SupportAccessOnlyRevoked "support_access_only_revoked" Conflict Database "decisions 1" "Support access can only be revoked, and only once."
    SupportAccessReasonNotEmpty "support_access_reason_not_empty" Invalid Database "decisions 1" "Support access has a reason."
    SupportAccessReasonLength "support_access_reason_length" Invalid Database "decisions 1" "The reason of support access has 1,000 characters at most."
    SupportAccessAtMost30Days "support_access_at_most_30_days" Invalid Database "decisions 1" "Support access lasts 30 days at most and ends after it begins."
    SupportAccessRevocationComplete "support_access_revocation_complete" Invalid Database "decisions 1" "A revocation names its time and person."
    ShortTextLength "short_text_length" Invalid Both "issue" "Names, addresses, places and references have 300 characters at most."
    UnitLevelValid "unit_level_valid" Invalid Database "decisions 6" "A unit's level is national, region or local."
    UnitNameNotEmpty "unit_name_not_empty" Invalid Database "issue" "A unit has a name."
    UnitLevelBelowParent "unit_level_below_parent" Invalid Database "issue" "A unit stands below its parent: national, region, local."
    NationalUnitIsTheRoot "national_unit_is_the_root" Invalid Database "issue" "The national unit alone has no parent."
    OneNationalUnit "one_national_unit" Conflict Database "issue" "An organization has one national unit."
    UnitExternalRefUnique "unit_external_ref_unique" Conflict Database "issue" "Another unit has this reference of the source system."
    // Audit
    AuditTrailReadOnly "audit_trail_read_only" Forbidden Database "report-audit-trail" "Audit entries can be neither changed nor deleted."
    AuditActorKindValid "audit_actor_kind_valid" Invalid Database "decisions 9" "An actor's kind is user, support, worker, schedule, import or operator."
    AuditActionValid "audit_action_valid" Invalid Database "decisions 9" "An action's name is lower-case words joined by underscores."
    AuditIdCarriesItsTime "audit_id_carries_its_time" Invalid Database "decisions 9" "An entry's id carries its time."
    AuditActorIsWhoEntered "audit_actor_is_who_entered" Forbidden Database "decisions 9" "An entry names who entered, and nobody else."
    AuditPersonHasNameAndRole "audit_person_has_name_and_role" Invalid Database "report-audit-trail" "An entry names the person's name and role."
    LogExportAudited "log_export_audited" Conflict Database "decisions 9" "An export of the log is committed with its audit entry or not at all."
    AskedForByWhoEntered "asked_for_by_who_entered" Forbidden Database "decisions 1" "Whoever has entered asks in their own name, and nobody else's."
    CanonicalNumbersAreIntegers "canonical_numbers_are_integers" Invalid Database "decisions 9" "Write decimals and large numbers as strings."
    // Activities
    ActivityKindValid "activity_kind_valid" Invalid Database "domain 1" "An activity's kind is outreach, group, course or other."
    ActivityGroupKindValid "activity_group_kind_valid" Invalid Database "domain 2b" "A group, and only a group, is a conversation or an activity group."
    ActivityModeValid "activity_mode_valid" Invalid Database "domain 2a" "An activity takes place in person, digitally or by phone."
    ActivityStatusValid "activity_status_valid" Invalid Database "decisions 3" "An activity is pending, approved or rejected."
    ActivityTitleLength "activity_title_length" Invalid Database "issue" "A title has 300 characters at most."
    ActivityCountryValid "activity_country_valid" Invalid Database "domain 2a" "A country is a code of two capital letters."
    CountyKnown "county_known" Invalid Database "domain 2b, AK11" "A county is one of Norway's, in its one spelling."
    ActivityExternalRefUnique "activity_external_ref_unique" Conflict Database "issue" "Another activity has this reference of the source system."
    ContactExternalRefUnique "contact_external_ref_unique" Conflict Database "issue" "Another contact has this reference of the source system."
    ActivityMinutesWithinADay "activity_minutes_within_a_day" Invalid Database "decisions 3" "A day's sessions last 0 to 1440 minutes."
    AnonymousParticipantsPlausible "anonymous_participants_plausible" Invalid Database "decisions 3" "Anonymous participants are 0 to 100,000."
    ParticipantKeyLength "participant_key_length" Invalid Database "decisions 4" "A participant key has 32 bytes."
    ParticipantKeyErasedOrPresent "participant_key_erased_or_present" Invalid Database "decisions 4" "A participant key is either present or erased."
    ParticipantsOfTheYearErased "participants_of_the_year_erased" Conflict Both "decisions 4" "The participants of the year were erased; it cannot be counted again."
    ErasureWaitsForGeneration "erasure_waits_for_generation" Conflict Database "decisions 4" "A report of the year is being generated; erase its participants afterwards."
    // Format versions
    SchemaVersionNonEmpty "schema_version_non_empty" Invalid Database "bufdir-export" "A format version has a name."
    FormatFieldsAreAnArray "format_fields_are_an_array" Invalid Database "decisions 3" "A format's fields are a JSON array."
    FormatRulesAreAnObject "format_rules_are_an_object" Invalid Database "decisions 3" "A format's rules are a JSON object."
    FormatVersionValid "format_version_valid" Invalid Database "decisions 3" "A format version follows its JSON Schema, and its fields hold what it counts."
    FormatVersionReadable "format_version_readable" Conflict Api "decisions 3" "This program cannot read the format version: it is too old for it."
    OneFormatVersionPerBasisYear "one_format_version_per_basis_year" Conflict Database "decisions 3" "A basis year has one format version."
    FormatVersionImmutable "format_version_immutable" Conflict Database "decisions 3" "A format version never changes; add a new one."
    FormatVersionCoversBasisYear "format_version_covers_basis_year" Invalid Api "decisions 2" "No format version covers the period's year."
    // Periods and figures
    PeriodNameNotEmpty "period_name_not_empty" Invalid Database "decisions 2" "A period has a name."
    PeriodNameLength "period_name_length" Invalid Database "decisions 2" "A period's name has 200 characters at most."
    PeriodStartBeforeEnd "period_start_before_end" Invalid Database "bufdir-report" "A period starts before it ends."
    PeriodWithinOneYear "period_within_one_year" Invalid Database "decisions 2" "A period lies within one calendar year."
    UniquePeriodPerOrganization "unique_period_per_organization" Conflict Database "decisions 2" "The organization already has a period with these dates."
    ReportPeriodKeepsItsDates "report_period_keeps_its_dates" Conflict Database "decisions 5" "A period that has a report or a ledger export keeps its dates."
    FigureVersionPositive "figure_version_positive" Invalid Database "decisions 3" "A figure's versions count from 1."
    FigureTextLength "figure_text_length" Invalid Database "decisions 3" "A figure's text, or a document's reference, has 500 characters at most."
    FigureFieldNamedOnce "figure_field_named_once" Invalid Api "decisions 3" "Name each field once: a figure has one value."
    FigureFieldIsTypedIn "figure_field_is_typed_in" Invalid Api "decisions 3" "The format version has no such field that is typed in."
    FigureValueFitsField "figure_value_fits_field" Invalid Api "decisions 3" "The value does not fit the field."
    // Reports
    IdIsValidUuid "id_is_valid_uuid" Invalid Database "bufdir-export-audit-log" "An id is a UUIDv7."
    PeriodNotEntirelyInFuture "period_not_entirely_in_future" Invalid Both "bufdir-report" "The period has not begun."
    UniqueReportPerOrgPerPeriod "unique_report_per_org_per_period" Conflict Database "bufdir-report" "The period already has its report."
    ReportStatusIsValidEnum "report_status_is_valid_enum" Invalid Database "bufdir-report" "A report is pending, generating, ready, exported or failed."
    StatusTransitionValid "status_transition_valid" Conflict Both "bufdir-report" "The report's status does not allow this."
    RoleRequiredForGeneration "role_required_for_generation" Forbidden Both "bufdir-report" "Coordinators and org admins generate reports."
    RoleRequiredForExport "role_required_for_export" Forbidden Both "bufdir-report" "Coordinators and org admins export reports."
    ReopeningRequiresOrgAdmin "reopening_requires_org_admin" Forbidden Both "decisions 4" "Only an org admin reopens an exported report."
    ReopeningRequiresReason "reopening_requires_reason" Invalid Api "decisions 4" "Reopening a report needs its reason."
    ReopeningReasonLength "reopening_reason_length" Invalid Api "decisions 4" "The reason for reopening a report has 1,000 characters at most."
    ReportIdentityImmutable "report_identity_immutable" Conflict Database "bufdir-report" "A report keeps its id, organization and period."
    ReportsArePermanent "reports_are_permanent" Conflict Database "bufdir-report" "Reports are never deleted."
    ExportFormatRequiredOnExport "export_format_required_on_export" Invalid Database "bufdir-report" "An exported report names its format, time, person and file."
    ValidExportFormat "valid_export_format" Invalid Database "bufdir-export" "The export format is xlsx, csv or pdf."
    ReportDataRequiredBeforeExport "report_data_required_before_export" Conflict Both "bufdir-report" "Generate the report before exporting it."
    FailedReportRequiresReason "failed_report_requires_reason" Invalid Database "bufdir-report" "A failed report, and no other, has its reason."
    FormatVersionPinnedAtGeneration "format_version_pinned_at_generation" Conflict Database "bufdir-report" "Format version and data are pinned at generation."
    ExportAuditRequired "export_audit_required" Conflict Database "bufdir-report" "An export is committed with its audit entry or not at all."
    OnlyApprovedActivitiesIncluded "only_approved_activities_included" Invalid Database "bufdir-report" "Only approved activities enter a report."
    MissingRequiredBufdirFieldsWarning "missing_required_bufdir_fields_warning" Invalid Api "bufdir-report" "Fields that Bufdir requires are missing."
    ParticipantCountNonNegative "participant_count_non_negative" Invalid Database "bufdir-report" "Participants are not fewer than none."
    VolunteerCountNonNegative "volunteer_count_non_negative" Invalid Database "bufdir-report" "Peer mentors are not fewer than none."
    TotalHoursNonNegative "total_hours_non_negative" Invalid Database "bufdir-report" "Hours are not fewer than none."
    NotesLength "notes_length" Invalid Database "bufdir-report" "Notes have 20,000 characters at most."
    NotesLockedBySubmission "notes_locked_by_submission" Conflict Both "decisions 4" "The submission is confirmed; the notes belong to it."
    GenerationNumberPositive "generation_number_positive" Invalid Database "decisions 4" "Generations count from 1."
    GenerationNumberUnique "generation_number_unique" Conflict Database "decisions 4" "The report has a generation of this number."
    GenerationHashOfItsData "generation_hash_of_its_data" Invalid Database "decisions 4" "A generation's hash is that of its data."
    ReportShowsItsGeneration "report_shows_its_generation" Conflict Database "decisions 4" "A report shows its latest generation, as it is."
    GenerationImmutable "generation_immutable" Conflict Database "decisions 4" "A generation never changes."
    FrozenDataImmutable "frozen_data_immutable" Conflict Database "decisions 4" "What a generation froze never changes."
    VerdictValid "verdict_valid" Invalid Database "domain 2" "A verdict is COUNTED or the first rule that failed."
    CountedApartForItsMode "counted_apart_for_its_mode" Invalid Database "domain 2" "Only a day whose mode is not counted is counted apart."
    SubmissionIsComplete "submission_is_complete" Invalid Database "decisions 4" "A submission names its time, person, role and data."
    SubmissionOfTheGeneratedData "submission_of_the_generated_data" Invalid Database "decisions 4" "What is confirmed is what was generated."
    SubmissionReferenceLength "submission_reference_length" Invalid Database "decisions 5" "A reference has 1 to 200 characters."
    SubmissionConfirmedOnce "submission_confirmed_once" Conflict Both "decisions 4" "The submission of this generation is already confirmed."
    SubmissionRequiresExportedReport "submission_requires_exported_report" Conflict Both "decisions 4" "Export the report before confirming its submission."
    TestOrganizationCannotSubmit "test_organization_cannot_submit" Conflict Both "decisions 4" "The test organization submits nothing."
    WarningsMustBeAccepted "warnings_must_be_accepted" Conflict Both "decisions 4" "Accept every warning first."
    WarningAcceptedOnce "warning_accepted_once" Conflict Database "decisions 4" "A warning is accepted once and never changes; only drift that is measured anew takes its place."
    WarningAcceptanceIsComplete "warning_acceptance_is_complete" Invalid Database "decisions 4" "An acceptance names its time, person and role."
    WarningCodeValid "warning_code_valid" Invalid Database "decisions 4" "There is no such warning."
    ProgressPercentValid "progress_percent_valid" Invalid Database "issue" "Progress is 0 to 100 percent."
    // Exports
    OrganizationIdNotNull "organization_id_not_null" Invalid Database "bufdir-export-audit-log" "An export belongs to an organization."
    TriggeredByUserIdNotNull "triggered_by_user_id_not_null" Invalid Database "bufdir-export-audit-log" "An export names who asked for it."
    ReportPeriodIdNotNull "report_period_id_not_null" Invalid Database "bufdir-export-audit-log" "An export names its report period."
    StatusInitialValueIsPending "status_initial_value_is_pending" Invalid Database "bufdir-export-audit-log" "An export begins as pending."
    ExportStatusIsValidEnum "export_status_is_valid_enum" Invalid Database "bufdir-export-audit-log" "An export is pending, complete or failed."
    ExportFormatIsValidEnum "export_format_is_valid_enum" Invalid Database "bufdir-export-audit-log" "The export format is xlsx, csv or pdf."
    ScopeLevelIsValidEnum "scope_level_is_valid_enum" Invalid Database "bufdir-export-audit-log" "The scope is national, region or local."
    ScopeIdRequiredForNonNational "scope_id_required_for_non_national" Invalid Database "bufdir-export-audit-log" "A regional or local scope names its unit; a national one names none."
    ScopeUnitHasItsLevel "scope_unit_has_its_level" Invalid Both "decisions 5" "The unit is of another level than the scope."
    FileUrlMaxLength "file_url_max_length" Invalid Database "bufdir-export-audit-log" "A storage key has 2,048 characters at most."
    ActivityCountNonNegative "activity_count_non_negative" Invalid Database "bufdir-export-audit-log" "Activities are not fewer than none."
    FileSizeBytesNonNegative "file_size_bytes_non_negative" Invalid Database "bufdir-export-audit-log" "A file's size is not below zero."
    CompletedAtNotBeforeCreatedAt "completed_at_not_before_created_at" Invalid Database "bufdir-export-audit-log" "An export ends after it begins."
    ErrorCodeMaxLength "error_code_max_length" Invalid Database "bufdir-export-audit-log" "An error code has 64 characters at most."
    AppendOnlyImmutability "append_only_immutability" Forbidden Database "bufdir-export-audit-log" "Export records are never deleted, and what was asked for never changes."
    StatusForwardOnlyTransition "status_forward_only_transition" Conflict Database "bufdir-export-audit-log" "A complete or failed export never changes."
    FileUrlRequiresCompleteStatus "file_url_requires_complete_status" Invalid Database "bufdir-export-audit-log" "Only a complete export has a file."
    CompleteExportHasItsFile "complete_export_has_its_file" Invalid Database "bufdir-export-audit-log" "A complete export has its file and counts."
    CompletedAtSetOnTerminalStatus "completed_at_set_on_terminal_status" Invalid Database "bufdir-export-audit-log" "A complete or failed export, and no pending one, has its end."
    OrganizationScopedAccess "organization_scoped_access" Forbidden Database "bufdir-export-audit-log" "Exports of other organizations are out of sight."
    CoordinatorOrAdminRequiredToCreate "coordinator_or_admin_required_to_create" Forbidden Both "bufdir-export-audit-log" "Coordinators and org admins export."
    ErrorFieldsRequireFailedStatus "error_fields_require_failed_status" Invalid Database "bufdir-export-audit-log" "Only a failed export has an error."
    FailedExportRequiresErrorMessage "failed_export_requires_error_message" Invalid Database "bufdir-export" "A failed export says why."
    ReportPeriodMustBelongToOrganization "report_period_must_belong_to_organization" Invalid Database "bufdir-export-audit-log" "The period belongs to the export's organization."
    ExportOriginValid "export_origin_valid" Invalid Database "decisions 5" "An export comes from a report or from the ledger."
    ExportLanguageValid "export_language_valid" Invalid Database "decisions 10" "A file is in Norwegian (nb) or English (en)."
    ExportIdCarriesItsTime "export_id_carries_its_time" Invalid Database "decisions 9" "An export's id carries its time."
    ReportExportNamesItsGeneration "report_export_names_its_generation" Invalid Database "decisions 5" "A report's export, and no other, names report and generation."
    ExportStatusWrittenByService "export_status_written_by_service" Forbidden Database "bufdir-export-audit-log" "Only the export audit service records a result."
    SubmissionReferenceSetOnce "submission_reference_set_once" Conflict Database "decisions 5" "The reference is set once, on a complete export."
    OnePendingExport "one_pending_export" Conflict Database "decisions 5" "The same export is already under way."
    PendingExportHasItsRecord "pending_export_has_its_record" Conflict Database "decisions 5" "A pending export and its record come and go together."
    CompletedExportIsImmutable "completed_export_is_immutable" Conflict Database "bufdir-export" "A stored file's record never changes."
    FileChecksumFormat "file_checksum_format" Invalid Database "bufdir-export" "A checksum is a SHA-256."
    DownloadCountNonNegative "download_count_non_negative" Invalid Database "bufdir-export" "Downloads are not fewer than none."
    DownloadAuditRequired "download_audit_required" Conflict Both "bufdir-export" "No file is sent whose download could not be recorded."
    // The ledger
    OrgAdminOnlyAccess "org_admin_only_access" Forbidden Both "bufdir-export" "Only org admins and support keep the export ledger."
    PeriodMustNotBeFuture "period_must_not_be_future" Invalid Both "bufdir-export" "The report period has not ended."
    FilePathRequiredOnComplete "file_path_required_on_complete" Invalid Database "bufdir-export" "A completed export names its file, with size, checksum, count and time."
    LedgerFileRequiresCompletedStatus "ledger_file_requires_completed_status" Invalid Database "bufdir-export" "Only a completed export has a file and downloads."
    LedgerStatusIsValidEnum "ledger_status_is_valid_enum" Invalid Database "decisions 6" "An export of the ledger is pending, generating, completed or failed."
    GrantReferenceCodeLength "grant_reference_code_length" Invalid Api "issue" "A grant's reference has 1 to 100 characters, and an export 50 of them at most."
    // Custom reports
    NameNotEmpty "name_not_empty" Invalid Both "custom-report" "A custom report has a name."
    CustomReportNameLength "custom_report_name_length" Invalid Both "issue" "A custom report's name has 200 characters at most."
    CustomReportDescriptionLength "custom_report_description_length" Invalid Both "issue" "A description has 5,000 characters at most."
    ValidReportType "valid_report_type" Invalid Database "decisions 6" "A custom report asks about activities, peer_mentors, participants or units."
    FiltersValidJson "filters_valid_json" Invalid Both "custom-report" "A custom report's filters are an object that names the version of its shape."
    GroupingsAreAnArray "groupings_are_an_array" Invalid Database "custom-report" "A custom report's groupings are an array."
    ColumnsNotEmpty "columns_not_empty" Invalid Both "custom-report" "A custom report has columns."
    ValidOutputFormat "valid_output_format" Invalid Database "custom-report" "The output format is xlsx, csv, pdf or json."
    ValidDateRangeType "valid_date_range_type" Invalid Database "decisions 6" "A date range is fixed or one of the rolling ones."
    FixedRangeRequiresDates "fixed_range_requires_dates" Invalid Both "custom-report" "A fixed range, and no other, has two dates, the first before the second's end."
    FixedRangeIsWholeDays "fixed_range_is_whole_days" Invalid Database "decisions 2" "A fixed range is of whole local days."
    ScheduleRequiresCron "schedule_requires_cron" Invalid Database "custom-report" "A schedule has its cron expression."
    CronRequiresSchedule "cron_requires_schedule" Invalid Database "custom-report" "Only a schedule, or one that failures switched off, has a cron expression."
    ValidCronExpression "valid_cron_expression" Invalid Both "custom-report" "The schedule is a valid cron expression."
    NextRunExactlyOfSchedules "next_run_exactly_of_schedules" Invalid Database "decisions 8" "An active custom report with a schedule, and no other, has a next run."
    DisabledScheduleIsOff "disabled_schedule_is_off" Invalid Database "issue" "Only a schedule that is off has a reason for being so."
    ScheduleFailuresNonNegative "schedule_failures_non_negative" Invalid Database "issue" "Failures are not fewer than none."
    ValidLastRunStatus "valid_last_run_status" Invalid Database "decisions 6" "A run is pending, running, succeeded, failed or cancelled."
    LastRunRowCountNonNegative "last_run_row_count_non_negative" Invalid Database "custom-report" "Rows are not fewer than none."
    LastRunIsComplete "last_run_is_complete" Invalid Database "custom-report" "A last run has its time and its status."
    OrgScopedAccess "org_scoped_access" Forbidden Database "custom-report" "Custom reports of other organizations are out of sight."
    OrgAdminOnlyCreate "org_admin_only_create" Forbidden Both "custom-report" "Only org admins and support define custom reports."
    CustomReportIdentityImmutable "custom_report_identity_immutable" Conflict Database "custom-report" "A custom report keeps its id, organization and time."
    CustomReportNeverDeleted "custom_report_never_deleted" Forbidden Database "custom-report" "A custom report is switched off, never deleted."
    CustomReportStaysDeleted "custom_report_stays_deleted" Conflict Both "custom-report" "A deleted custom report never changes."
    CustomReportOwnerIsStaff "custom_report_owner_is_staff" Invalid Both "issue" "A custom report goes to another active coordinator or org admin."
    CustomReportChangedMeanwhile "custom_report_changed_meanwhile" Conflict Api "issue" "Somebody has changed the custom report since you read it."
    RunResultWrittenByWorker "run_result_written_by_worker" Forbidden Database "issue" "Only a worker records what came of a run."
    // What a custom report asks
    DefinitionVersionKnown "definition_version_known" Invalid Api "issue" "The definition is of a version that this program does not know."
    FieldKnown "field_known" Invalid Api "issue" "The report type has no such column or filter; customReportSources lists them."
    BufdirExcludedFromCustomReports "bufdir_excluded_from_custom_reports" Invalid Api "custom-report" "Custom reports show nothing of Bufdir's reports, figures and exports."
    TestOrgExcludedFromOutput "test_org_excluded_from_output" Invalid Api "custom-report" "Nothing of the test organization appears in a custom report."
    ColumnsLimit "columns_limit" Invalid Api "issue" "A custom report has 50 columns at most."
    ColumnLabelLength "column_label_length" Invalid Api "issue" "A column's label has 1 to 100 characters."
    AggregationFitsField "aggregation_fits_field" Invalid Api "issue" "The column cannot be aggregated so; customReportSources says how."
    AggregationRequired "aggregation_required" Invalid Api "issue" "Each column of a grouped or aggregated report needs its aggregation."
    ParticipantsAreAggregated "participants_are_aggregated" Invalid Api "decisions 8" "Participants are shown in aggregates only."
    GroupingFitsReportType "grouping_fits_report_type" Invalid Api "issue" "The report type cannot be grouped so; customReportSources says how."
    GroupingNamedOnce "grouping_named_once" Invalid Api "issue" "The same grouping is named twice."
    OperatorFitsField "operator_fits_field" Invalid Api "issue" "The column cannot be compared so."
    ValueCountFitsOperator "value_count_fits_operator" Invalid Api "issue" "The operator takes another number of values."
    ValueFitsField "value_fits_field" Invalid Api "issue" "The value is not one that the column can have."
    FilterDepthLimit "filter_depth_limit" Invalid Api "issue" "Conditions stand in conditions 10 deep at most."
    FilterSizeLimit "filter_size_limit" Invalid Api "issue" "A filter has 500 conditions and values at most."
    RowLimitPositive "row_limit_positive" Invalid Api "issue" "A limit is one row or more."
    ReportTooCostly "report_too_costly" Conflict Api "issue" "The report would take too much; narrow its dates or filter it."
    // Custom reports' runs
    RunTriggerValid "run_trigger_valid" Invalid Database "issue" "A run is asked for by a person or by a schedule."
    RunStatusValid "run_status_valid" Invalid Database "decisions 6" "A run is pending, running, succeeded, failed or cancelled."
    RunDueAtOfSchedules "run_due_at_of_schedules" Invalid Database "decisions 8" "A schedule's run, and no other, has a due time."
    OneRunPerDueTime "one_run_per_due_time" Conflict Database "decisions 8" "The schedule has run for this due time."
    RunDatesInOrder "run_dates_in_order" Invalid Database "issue" "A run's first date is not after its last."
    RunDefinitionIsAnObject "run_definition_is_an_object" Invalid Database "issue" "A run keeps its definition, a JSON object."
    RunRowsNonNegative "run_rows_non_negative" Invalid Database "issue" "Rows are not fewer than none."
    SucceededRunHasItsFile "succeeded_run_has_its_file" Invalid Database "issue" "A succeeded run has its file, row count and control totals."
    RunResultRequiresSuccess "run_result_requires_success" Invalid Database "issue" "Only a succeeded run has a file, a row count and control totals."
    FailedRunHasItsError "failed_run_has_its_error" Invalid Database "issue" "A failed run says why."
    RunStartSetWhenRunning "run_start_set_when_running" Invalid Database "issue" "A run that a worker took up, and no pending one, has its start."
    RunEndSetOnTerminalStatus "run_end_set_on_terminal_status" Invalid Database "issue" "A run that has ended, and no other, has its end."
    RunTimesInOrder "run_times_in_order" Invalid Database "issue" "A run ends after it starts, and starts after it was asked for."
    RunCancellationComplete "run_cancellation_complete" Invalid Database "issue" "A cancellation names its time and person, and a cancelled run has one."
    RunBeginsAsPending "run_begins_as_pending" Invalid Database "issue" "A run begins as pending."
    RunNamesWhoAsked "run_names_who_asked" Forbidden Database "decisions 9" "A run names who asked for it, and a schedule's is a worker's."
    RunRequiresActiveReport "run_requires_active_report" Conflict Both "custom-report" "A deleted custom report does not run."
    RunStatusForwardOnly "run_status_forward_only" Conflict Database "issue" "A run goes forward, and once ended never changes."
    CustomReportRunAppendOnly "custom_report_run_append_only" Forbidden Database "issue" "Runs are never deleted, and what was asked for never changes."
    // Isolation and input
    TenantIsolation "tenant_isolation" Forbidden Both "bufdir-report" "Other organizations' data is out of sight."
    RoleRequired "role_required" Forbidden Api "decisions 1" "Your role does not allow this."
    IdMalformed "id_malformed" Invalid Api "issue" "The id is not one that this API gave out."
    TextOnOneLine "text_on_one_line" Invalid Api "issue" "A name or a label is one line without control characters."
    TextWithoutNul "text_without_nul" Invalid Api "issue" "A text holds no NUL character."
    PageSizeLimit "page_size_limit" Invalid Api "issue" "A page has 1 to 200 entries, asked for from one end."
    CursorMalformed "cursor_malformed" Invalid Api "issue" "The cursor is not one that this list gave out."
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// `docs/rules.md`, whole.
pub fn document() -> String {
    let mut page = String::from(
        "# Rules\n\nGenerated by `bufdir-reports rules`. A rule's name is the database's constraint or trigger, the \
         error's `extensions.rule`, and the test's function.\n\n\
         | rule | refused as | enforced by | comes from | says |\n|---|---|---|---|---|\n",
    );
    for rule in Rule::ALL {
        let layer = match rule.layer() {
            Layer::Database => "database",
            Layer::Api => "API",
            Layer::Both => "database and API",
        };
        let code = match rule.kind() {
            Kind::Invalid => "INVALID",
            Kind::Conflict => "CONFLICT",
            Kind::Forbidden => "FORBIDDEN",
        };
        writeln!(
            page,
            "| `{rule}` | {code} | {layer} | {} | {} |",
            rule.source(),
            rule.message()
        )
        .expect("writing to a String cannot fail");
    }
    page
}
